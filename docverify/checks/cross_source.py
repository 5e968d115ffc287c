"""Checks of the sources against each other: print, zone and barcode tell the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from docverify.case import Case
from docverify.checks.result import CheckResult, Status, not_applicable, not_performed
from docverify.documents.dates import BUDDHIST_ERA, parse_dates, split_dates
from docverify.documents.look_alikes import LETTERS_TO_DIGITS
from docverify.documents.misread_names import contains_name, is_same_name
from docverify.documents.names import SWAPPED, compare_names, is_partial_name, score_name
from docverify.documents.states import find_state_code
from docverify.documents.transliteration import is_latin
from docverify.identities import NAMES, Identity, Source
from docverify.policy import Consequence

COMPARED: Mapping[str, Consequence] = {
    "document_number": Consequence.REJECT,
    "birth_date": Consequence.REJECT,
    "expiry_date": Consequence.REJECT,
    "surname": Consequence.REJECT,
    "given_names": Consequence.REFER,
    "sex": Consequence.REFER,
    "nationality": Consequence.REFER,
    "issuing_state": Consequence.REFER,
}
"""The fields that stand in both zone and print, with what a certain conflict asks for."""

IN_BARCODE: Mapping[str, Consequence] = {
    "document_number": Consequence.REJECT,
    "birth_date": Consequence.REJECT,
    "expiry_date": Consequence.REJECT,
    "issue_date": Consequence.REFER,
    "surname": Consequence.REJECT,
    "given_names": Consequence.REFER,
    "sex": Consequence.REFER,
}
"""The fields that stand in both the barcode and the print of a licence."""

CALLED = {Source.MRZ: "zone", Source.VIZ: "print", Source.BARCODE: "barcode"}
CODES = ("nationality", "issuing_state")
UNAMBIGUOUS = ("document_number", "birth_date", "expiry_date")
UNMISTAKABLE = ("document_number", "birth_date", "expiry_date", "issue_date", *NAMES)
"""Fields whose values are known without a label: an F alone may mean anything."""
LONGEST_VALUE = 80  # characters of a line that may be a value
MIN_DIGITS = 5  # of a text that is surely a document number
MIN_CUT = 5  # letters from which on a name that was cut short is surely told by what is left
MIN_LETTERS = 4  # of a word that is surely no part of a number
TWINS = str.maketrans("OI", "01")
"""Letters that many typefaces print as the figures: nobody forges the one into the other."""
DOUBT = 0.5


def check_mrz_agrees(case: Case) -> Iterator[CheckResult]:
    """What is printed says the same as the machine readable zone (Doc 9303-3, 4.6 for names)."""
    for field, severity in COMPARED.items():
        yield _compared(
            case, case.mrz_identity, case.viz_identity, field, severity, "viz_mrz_match"
        )


def check_barcode_agrees(case: Case) -> Iterator[CheckResult]:
    """What is printed on a licence says the same as its barcode (AAMVA standard, Annex D)."""
    for field, severity in IN_BARCODE.items():
        yield _compared(
            case, case.barcode_identity, case.viz_identity, field, severity, "barcode_front_match"
        )


def _compared(
    case: Case, machine: Identity, viz: Identity, field: str, severity: Consequence, code: str
) -> CheckResult:
    if _is_reckoned(case, machine, field):
        why = "the zone does not show it: it is reckoned, and needs no print"
        return not_applicable(f"{code}_{field}", why, field)
    status = compare(case, machine, viz, field)
    names = f"print and {CALLED[machine.source]}"
    evidence = {
        Status.PASSED: "",
        Status.FAILED: f"{names} differ",
        Status.INCONCLUSIVE: f"{names} differ, or one of them was misread",
        Status.NOT_PERFORMED: f"not found in both {names}",
    }
    sources = (machine.source, viz.source)
    return CheckResult(f"{code}_{field}", status, severity, field, sources, evidence[status])


def _is_reckoned(case: Case, machine: Identity, field: str) -> bool:
    """Tell whether the zone tells a field without showing it: the expiry of old French cards."""
    told = machine.source is Source.MRZ and getattr(machine, field) is not None
    return told and not case.mrz_has(field)


def compare(case: Case, machine: Identity, viz: Identity, field: str) -> Status:
    """Compare a field of zone or barcode with the print.

    Failed only when both sides were read with confidence and no misreading explains it. Where no
    label was read, the value itself is looked for in the print.
    """
    likeness = _likeness(case, machine, viz, field)
    if likeness is None:
        found = _stands_in_print(case, machine, viz, field)
        return Status.PASSED if found else Status.NOT_PERFORMED
    if likeness == 1.0:
        return Status.PASSED
    doubtful = any(case.is_doubtful(each.source, field) for each in (machine, viz))
    return Status.INCONCLUSIVE if doubtful or likeness else Status.FAILED


def _likeness(case: Case, machine: Identity, viz: Identity, field: str) -> float | None:
    """1: the same; 0: another value; between: what a misreading may explain; None: unknown."""
    if field in NAMES:
        return _name_likeness(case, machine, viz, field)
    said, printed = getattr(machine, field), getattr(viz, field)
    if said is None or printed is None or _is_reckoned(case, machine, field):
        return None
    if field == "document_number":
        return _number_likeness(said, printed)
    if field in CODES:
        known = find_state_code(printed)
        return None if known is None else float(known == (find_state_code(said) or said))
    return 1.0 if said == printed else 0.0


def _name_likeness(case: Case, machine: Identity, viz: Identity, field: str) -> float | None:
    said, printed = getattr(machine, field), getattr(viz, field)
    whole = case.printed.get("full_name")
    if said is None or (printed is None and whole is None):
        return None
    truncated = _is_truncated(case, machine, field)
    if printed is None and whole is not None:
        return _likeness_in_line(case, whole.text, machine, said, truncated=truncated)
    if is_same_name(printed, said, truncated=truncated):
        return 1.0
    likeness = score_name(printed, said, truncated=truncated)
    if likeness >= case.policy.min_name_similarity:
        return likeness
    compared = compare_names(viz.name, machine.name, truncated=truncated)
    if compared.swapped and compared.score >= 1 - SWAPPED:
        return 1.0  # The same names, under each other's labels.
    # A long name may go on in a line of print that was not taken for a part of it.
    # One in another script may be transliterated in more ways than the standard's.
    return DOUBT if is_partial_name(printed, said) or not is_latin(printed) else 0.0


def _likeness_in_line(
    case: Case, line: str, machine: Identity, said: str, *, truncated: bool
) -> float:
    """Look for a part of a name in one line, as JOHN A DOE: its parts may have any order."""
    name = machine.name
    if is_same_name(line, f"{name.surname} {name.given_names}", truncated=truncated):
        return 1.0
    if contains_name(line, said):
        # What else stands in the line is a given name, or none that zone or barcode has.
        return 1.0 if said == name.surname else DOUBT
    likeness = min((_nearest(line, word) for word in said.split()), default=0.0)
    return likeness if likeness >= case.policy.min_name_similarity else 0.0


def _nearest(line: str, word: str) -> float:
    """Tell how alike the most alike word of a line is: others do not make up for it."""
    return max((score_name(each, word, truncated=False) for each in line.split()), default=0.0)


def _stands_in_print(case: Case, machine: Identity, viz: Identity, field: str) -> bool:
    """Tell whether the print shows a value beside no label, or rightly shows none.

    Whoever has one name only has no given names in either source.
    """
    said = getattr(machine, field)
    if said is None:
        return field == "given_names" and bool(machine.surname and viz.surname)
    if field not in UNMISTAKABLE or getattr(viz, field) is not None:
        return False
    cut = len(str(said)) >= MIN_CUT and _is_truncated(case, machine, field)
    lines = (line.text for page in case.reading.pages for line in page.lines)
    texts = (text for text in lines if len(text) <= LONGEST_VALUE and _may_show(text, said))
    return any(_shows(text, said, truncated=cut) for text in texts)


def _may_show(text: str, said: object) -> bool:
    """Pass over what cannot be the value at little cost: by its year, or by how long it is."""
    if isinstance(said, date):
        years = (f"{said.year % 100:02}", f"{(said.year + BUDDHIST_ERA) % 100:02}")
        return any(year in text for year in years) or not text.isascii()
    return 2 * len(text) >= len(str(said)) or " " in str(said)


def _shows(text: str, said: object, *, truncated: bool) -> bool:
    """Tell whether a line is the value; by chance, none is, however surely it was read."""
    if isinstance(said, date):
        words = text.split()  # Before it may stand a label that was misread.
        endings = (" ".join(words[start:]) for start in range(len(words)))
        return any(said in parse_dates(split_dates(ending)[0]) for ending in endings)
    if any(map(str.isdigit, str(said))):
        return _number_likeness(str(said), text) == 1.0
    return is_same_name(text, str(said), truncated=truncated)


def _is_truncated(case: Case, machine: Identity, field: str) -> bool:
    card = case.card
    if machine.source is Source.MRZ or card is None:
        return bool(case.mrz and case.mrz.name_truncated)
    if field == "surname":
        return bool(card.surname_truncated)
    return bool(card.first_name_truncated or card.middle_names_truncated)


def _number_likeness(said: str, printed: str) -> float:
    words = printed.split()
    first, second = _compact(said), _compact(printed)
    if _is_run(first.translate(TWINS), [_compact(word).translate(TWINS) for word in words]):
        return 1.0
    alike = first.translate(LETTERS_TO_DIGITS) == second.translate(LETTERS_TO_DIGITS)
    cut = second in first or len(second) < MIN_DIGITS  # Or the number of another label.
    # No number has letters of another script: the reader took some for their twins.
    odd = cut or _is_glued(first, second) or not second.isascii() or _is_labelled(words)
    return DOUBT if alike or odd else 0.0


def _is_glued(number: str, printed: str) -> bool:
    """Tell whether letters are all that stands before and behind a number, as those of a label."""
    before, found, behind = printed.partition(number)
    return bool(found) and (before + behind).isalpha()


def _is_run(number: str, words: Sequence[str]) -> bool:
    """Tell whether some of the words are the number: others may be labels that are not known."""
    if number not in "".join(words):
        return False
    runs = combinations(range(len(words) + 1), 2)
    return any(number == "".join(words[start:stop]) for start, stop in runs)


def _is_labelled(words: Sequence[str]) -> bool:
    """Tell whether a text is more than a number: the number in it may have been cut or joined."""
    return any(word.isalpha() and len(word) >= MIN_LETTERS for word in words)


def _compact(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


def check_viz_agrees(case: Case) -> Iterator[CheckResult]:
    """The print does not say two things of one field, on one page or on two."""
    if not case.printed:
        yield not_performed("viz_values_agree", "no labelled field was read")
        return
    torn = [name for name in UNAMBIGUOUS if name in case.printed and _is_torn(case, name)]
    status = Status.FAILED if torn else Status.PASSED
    evidence = f"printed twice and different: {', '.join(torn)}" if torn else ""
    sources = (Source.VIZ,)
    yield CheckResult("viz_values_agree", status, sources=sources, evidence=evidence)


def _is_torn(case: Case, name: str) -> bool:
    """Only what is surely a value counts: not every text beside a label is one."""
    value = case.printed[name]
    texts = [
        each.text
        for each in (value, *value.others)
        if each.confidence >= case.policy.min_confidence and _is_value(name, each.text)
    ]
    return len(texts) > 1


def _is_value(name: str, text: str) -> bool:
    if name == "document_number":
        return text.isascii() and sum(each.isdigit() for each in text) >= MIN_DIGITS
    return bool(parse_dates(text))
