"""The check that all sources of a file are about one person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from docverify.case import Case
from docverify.checks.agreement import Agreement
from docverify.checks.number_comparison import compare_numbers
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.documents.aamva import AamvaCard
from docverify.documents.dates import parse_dates
from docverify.documents.misread_names import is_same_name
from docverify.documents.mrz import Mrz
from docverify.documents.names import PersonName, compare_names, is_partial_name, split_name
from docverify.documents.printed_fields import PrintedFields
from docverify.documents.transliteration import is_latin
from docverify.policy import Consequence

CHECKED_FIELDS = {"document_number", "birth_date"}


@dataclass(frozen=True)
class Person:
    """The holder named by one MRZ, one barcode or the labelled fields of one page.

    Attributes:
        name: None if the source does not have both names.
        birth_days: All days that the text may mean, as YYMMDD; empty if the birth date is not
            known.
        document_number: Empty if it is not known.
        truncated: Whether the name may be truncated (Doc 9303-3, 4.6).
    """

    name: PersonName | None = field(repr=False)
    birth_days: frozenset[str] = field(repr=False)
    document_number: str = field(repr=False)
    truncated: bool = False


def check_single_person(case: Case) -> Iterator[CheckResult]:
    """All MRZs, barcodes and labelled fields of the file are about one person.

    A source is about another person if its name differs, or both its document number and its birth
    date differ. A second document of the same person is allowed here; names are compared in every
    spelling and truncation of Doc 9303-3, 4.6 and 6.
    """
    persons = list(_find_persons(case))
    if len(persons) < 2:
        yield not_performed("single_person", "fewer than two sources name a person")
        return
    differ = any(
        _is_other_person(one, other, case.policy.min_name_resemblance)
        for one, other in combinations(persons, 2)
    )
    evidence = "the file names two different persons"
    yield passed_or_failed("single_person", not differ, Consequence.REFER, evidence)


def _find_persons(case: Case) -> Iterator[Person]:
    for mrz in case.all_mrzs:
        yield from _read_mrz(mrz)
    yield from map(_read_barcode, case.cards)
    for printed in case.printed_by_page:
        yield from _read_print(printed, case.policy.min_confidence)


def _read_mrz(mrz: Mrz) -> Iterator[Person]:
    """Yield the holder of an MRZ, with the fields whose check digits are correct."""
    held = {each.field for each in mrz.check_digits if each.is_correct}
    if not held & CHECKED_FIELDS:
        return
    name = PersonName(mrz.surname, mrz.given_names.replace(",", ""))
    has_birth_date = "birth_date" in held and mrz.birth_date.isdigit()
    birth_days = frozenset([mrz.birth_date]) if has_birth_date else frozenset[str]()
    number = mrz.document_number if "document_number" in held else ""
    is_named = bool(mrz.surname and mrz.given_names)
    yield Person(name if is_named else None, birth_days, number, mrz.name_truncated)


def _read_barcode(card: AamvaCard) -> Person:
    surname, given_names = card.surname or "", card.given_names or ""
    name = PersonName(surname, given_names) if surname and given_names else None
    truncated = any(
        (card.surname_truncated, card.first_name_truncated, card.middle_names_truncated)
    )
    days = [card.birth_date] if card.birth_date else []
    return Person(name, _write_days(days), card.document_number or "", truncated)


def _read_print(printed: PrintedFields, min_confidence: float) -> Iterator[Person]:
    """Yield the holder named by the labelled fields of a page that were read well.

    A whole name with its own label, in addition to surname and given names, is a separate name.
    """
    texts = {
        name: value.text for name, value in printed.items() if value.confidence >= min_confidence
    }
    days = parse_dates(texts.get("birth_date", ""))
    number = texts.get("document_number", "")
    names = [split_name(texts.get("full_name", ""))]
    if "surname" in texts and "given_names" in texts:
        names.append(PersonName(texts["surname"], texts["given_names"]))
    for name in names:
        letters = f"{name.surname}{name.given_names}"
        is_named = bool(letters) and is_latin(letters)
        yield Person(name if is_named else None, _write_days(days), number)


def _write_days(days: list[date] | tuple[date, ...]) -> frozenset[str]:
    return frozenset(f"{day:%y%m%d}" for day in days)


def _is_other_person(one: Person, other: Person, min_resemblance: float) -> bool:
    if one.name and other.name and _is_other_name(one, other, min_resemblance):
        return True
    birth_differs = (
        bool(one.birth_days and other.birth_days) and not one.birth_days & other.birth_days
    )
    return birth_differs and _is_other_number(one.document_number, other.document_number)


def _is_other_name(one: Person, other: Person, min_resemblance: float) -> bool:
    """Return whether no spelling, truncation or common misreading makes the names the same."""
    truncated = one.truncated or other.truncated
    return not any(
        _resembles(first, second, truncated=truncated, least=min_resemblance)
        for first, second in ((one.name, other.name), (other.name, one.name))
        if first and second
    )


def _resembles(first: PersonName, second: PersonName, *, truncated: bool, least: float) -> bool:
    printed = f"{first.surname} {first.given_names}"
    whole = f"{second.surname} {second.given_names}"
    return (
        compare_names(first, second, truncated=truncated).score >= least
        or is_same_name(printed, whole, truncated=truncated)
        or is_partial_name(printed, whole)
    )


def _is_other_number(one: str, other: str) -> bool:
    return bool(one and other) and all(
        compare_numbers(*pair) is Agreement.OTHER for pair in ((one, other), (other, one))
    )
