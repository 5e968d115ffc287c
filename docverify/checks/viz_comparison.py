"""Comparison of a field of the MRZ or the barcode with the printed text."""

from __future__ import annotations

from datetime import date

from docverify.case import Case
from docverify.checks.agreement import Agreement
from docverify.checks.name_comparison import compare_name, is_name_truncated
from docverify.checks.number_comparison import compare_numbers
from docverify.checks.result import Status
from docverify.documents.dates import BUDDHIST_ERA, parse_dates, split_dates
from docverify.documents.denied_values import (
    has_further_number,
    is_value_denied,
    names_both_sexes,
)
from docverify.documents.kinds import DocumentKind
from docverify.documents.misread_names import is_same_name
from docverify.documents.name_lines import choose_own_name
from docverify.documents.printed_numbers import is_number_printed
from docverify.documents.states import (
    NO_STATE,
    find_state_code,
    find_states_of_people,
    is_word_for_stateless,
)
from docverify.identities import NAMES, Identity, Source
from docverify.kept import keep_with_value
from docverify.layout.further_names import find_further_names
from docverify.layout.labels_of_others import is_labelled_as_others
from docverify.layout.other_date_labels import is_labelled_as_other_date
from docverify.layout.other_states import names_foreign_nationality
from docverify.layout.state_names import names_nationality, split_letters
from docverify.layout.visible_lines import find_unlabelled_evidence

DENIABLE = ("document_number", "birth_date", "expiry_date", "sex", "nationality")
STATE_FIELDS = ("nationality", "issuing_state")
FIELDS_KNOWN_BY_VALUE = ("document_number", "birth_date", "expiry_date", "issue_date", *NAMES)
"""Fields whose values are recognised without a label; a single F may mean anything."""
MIN_READ = 0.3  # confidence from which the text certainly has letters, even if some are wrong
MIN_TRUNCATED_LENGTH = 5  # letters of a truncated name that still identify it


@keep_with_value
def compare_with_viz(case: Case, machine: Identity, field: str) -> Status:
    """Compare a field of the MRZ or the barcode with the printed text.

    It fails only if both were read with confidence, no misreading explains the difference, and the
    value is not printed elsewhere in the VIZ. Without a labelled value, the VIZ is searched for the
    value itself. A value under the label of a relative's field or of another document is in doubt.
    """
    status = _compare_values(case, machine, field)
    known = getattr(machine, field)
    is_open = status in (Status.PASSED, Status.NOT_PERFORMED, Status.INCONCLUSIVE)
    if is_open and known is not None and _is_value_refuted(case, field, str(known)):
        return Status.FAILED if field in ("sex", "nationality") else Status.INCONCLUSIVE
    if status is not Status.PASSED or known is None:
        return status
    is_others = is_labelled_as_others(
        case, field, lambda text: _is_value(text, known, truncated=False)
    )
    return Status.INCONCLUSIVE if is_others else status


def _is_value_refuted(case: Case, field: str, known: str) -> bool:
    """Return whether words in the line of a labelled value deny or contradict it."""
    value = case.printed.get(field)
    if value is None or field not in DENIABLE or value.confidence < case.policy.min_confidence:
        return False
    if field == "sex" and _states_both_sexes(case, value.text):
        return True
    if field == "document_number" and _has_further_number(case, value.text, known):
        return True
    is_known = field in ("sex", "nationality") or getattr(case.viz_identity, field) is not None
    return is_known and is_value_denied(value.text)


def _states_both_sexes(case: Case, value: str) -> bool:
    """Return whether a line is only M and F; with other words, they are the options of a label."""
    lines = (line for page in case.viz_pages for line in page.lines)
    return names_both_sexes(value) and any(line.text.strip() == value for line in lines)


def _has_further_number(case: Case, value: str, known: str) -> bool:
    """Return whether a line has the document's number and another one, which the MRZ lacks."""
    explained = (case.mrz.optional_data, case.mrz.optional_data_2) if case.mrz else ()
    return is_number_printed(known, value) and has_further_number(value, known, explained)


def _compare_values(case: Case, machine: Identity, field: str) -> Status:
    agreement = find_agreement(case, machine, field)
    is_of_passport = agreement is Agreement.OTHER and _has_passport_number(case, field)
    is_found = is_of_passport and _is_printed(case, machine, field)
    if agreement is Agreement.UNKNOWN or is_found:
        if not is_found and not is_printed_without_label(case, machine, field):
            return Status.NOT_PERFORMED
        is_doubtful = is_contradicted(case, machine, field)
        return Status.INCONCLUSIVE if is_doubtful else Status.PASSED
    if agreement is Agreement.SAME:
        is_doubtful = not case.has_label(field) and is_contradicted(case, machine, field)
        return Status.INCONCLUSIVE if is_doubtful else Status.PASSED
    is_doubtful = _is_doubtful(case, machine, field)
    # A misread label may name the wrong field for the value next to it.
    if agreement is Agreement.MAYBE or is_doubtful or _is_printed(case, machine, field):
        return Status.INCONCLUSIVE
    return Status.FAILED


def _is_doubtful(case: Case, machine: Identity, field: str) -> bool:
    """Return whether a misreading may explain that two values differ.

    If the MRZ or the barcode has no value at all, a misread printed value explains nothing.
    """
    printed = case.printed.get(field)
    is_missing = getattr(machine, field) is None and printed is not None
    if is_missing and printed and printed.confidence >= MIN_READ:
        return case.is_doubtful(machine.source, field)
    return any(case.is_doubtful(source, field) for source in (machine.source, Source.VIZ))


def _has_passport_number(case: Case, field: str) -> bool:
    """Return whether the printed number of a card is labelled as that of a passport."""
    value = case.printed.get("document_number")
    is_card = case.kind.policy_key == "card"
    return field == "document_number" and is_card and bool(value and value.of_passport)


def is_computed(case: Case, machine: Identity, field: str) -> bool:
    """Return whether a value of the MRZ was computed and is not in it.

    This applies only to the expiry date of old French cards and Russian internal passports.
    """
    is_known = machine.source is Source.MRZ and getattr(machine, field) is not None
    return is_known and not case.mrz_has(field)


def find_agreement(case: Case, machine: Identity, field: str) -> Agreement:
    """Compare a field of the MRZ or the barcode with its labelled value in the VIZ."""
    if field in NAMES:
        return compare_name(case, machine, field)
    known, printed = getattr(machine, field), getattr(case.viz_identity, field)
    if known is None or printed is None or is_computed(case, machine, field):
        return Agreement.UNKNOWN
    if field == "document_number":
        return compare_numbers(known, printed, is_visa=case.kind is DocumentKind.VISA)
    if field in STATE_FIELDS:
        return _compare_states(known, printed)
    return Agreement.SAME if known == printed else Agreement.OTHER


def _compare_states(known: str, printed: str) -> Agreement:
    code = find_state_code(printed)
    if code is None:
        return _compare_nationality(known, printed)
    return Agreement.SAME if code == (find_state_code(known) or known) else Agreement.OTHER


def _compare_nationality(known: str, printed: str) -> Agreement:
    """Compare a State with a printed nationality, such as KENYAN.

    In other languages, such a word begins like the name of another State, and unlike its own.
    """
    words = split_letters(printed)
    is_stateless = any(map(is_word_for_stateless, words))
    people = [codes for word in words if (codes := find_states_of_people(word))]
    if known in NO_STATE:  # A refugee's document may print the State that the person left.
        return Agreement.SAME if is_stateless else Agreement.UNKNOWN
    if not people and is_stateless:
        return Agreement.OTHER
    if not people:
        return Agreement.OTHER if names_foreign_nationality(printed, known) else Agreement.UNKNOWN
    is_own = any(known in codes for codes in people) or names_nationality(printed, [known])
    return Agreement.SAME if is_own else Agreement.OTHER


def is_printed_without_label(case: Case, machine: Identity, field: str) -> bool:
    """Return whether a value is printed without a label, or may be absent.

    A holder with one name has no given names in either source.
    """
    known, viz = getattr(machine, field), case.viz_identity
    if machine.source is Source.MRZ and not case.mrz_has(field):
        return False
    if known is None:
        has_one_name = field == "given_names" and bool(machine.surname and viz.surname)
        return has_one_name and not find_further_names(case, str(machine.surname))
    return getattr(viz, field) is None and _is_printed(case, machine, field)


def _is_printed(case: Case, machine: Identity, field: str) -> bool:
    """Return whether a value is printed somewhere in the VIZ, as large as its values."""
    known = getattr(machine, field)
    if known is None or field not in FIELDS_KNOWN_BY_VALUE:
        return False
    is_long = len(str(known)) >= MIN_TRUNCATED_LENGTH
    truncated = is_long and is_name_truncated(case, machine, field)
    lines = (line.text for line in find_unlabelled_evidence(case))
    return any(
        _may_be_value(text, known) and _is_value(text, known, truncated=truncated) for text in lines
    )


def is_contradicted(case: Case, machine: Identity, field: str) -> bool:
    """Return whether the document shows a different value of the type that was found unlabelled.

    A name without a label may be anyone's if someone else's date or number is printed, or another
    name in the place of names. A date under the label of another date is that date.
    """
    dates, numbers = case.unexplained_dates, case.unexplained_numbers
    if field in NAMES:
        known = filter(None, (machine.surname, machine.given_names))
        return bool(dates or numbers or find_further_names(case, *known))
    day = getattr(machine, field)
    if (
        isinstance(day, date)
        and field != "issue_date"
        and is_labelled_as_other_date(case, field, day)
    ):
        return True
    same_type = numbers if field == "document_number" else dates
    return bool(same_type) or (field != "issue_date" and case.has_further_figures)


def _may_be_value(text: str, known: object) -> bool:
    """Return whether a line can be the value at all: a cheap test of its year or length."""
    if isinstance(known, date):
        years = (f"{known.year % 100:02}", f"{(known.year + BUDDHIST_ERA) % 100:02}")
        return any(year in text for year in years) or not text.isascii()
    return 2 * len(text) >= len(str(known)) or " " in str(known)


def _is_value(text: str, known: object, *, truncated: bool) -> bool:
    """Return whether a line is the value, however uncertainly it was read.

    A different value cannot look like it by chance.
    """
    if isinstance(known, date):
        words = text.split()  # The first words may be a misread label.
        endings = (" ".join(words[start:]) for start in range(len(words)))
        return any(known in parse_dates(split_dates(ending)[0]) for ending in endings)
    if any(map(str.isdigit, str(known))):
        return compare_numbers(str(known), text) is Agreement.SAME
    return any(
        is_same_name(own, str(known), truncated=truncated) for own in choose_own_name([text])
    )
