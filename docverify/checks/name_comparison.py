"""Comparison of a name of the MRZ or the barcode with the printed names."""

from __future__ import annotations

from docverify.case import Case
from docverify.checks.agreement import Agreement
from docverify.documents.languages import fold_letters
from docverify.documents.misread_names import contains_name, is_same_name
from docverify.documents.name_words import is_absent_name, score_word_pairs, spell_name
from docverify.documents.names import SWAPPED, compare_names, is_partial_name, score_name
from docverify.documents.transliteration import is_latin
from docverify.identities import Identity, Source
from docverify.layout.further_names import find_further_names
from docverify.layout.identification import list_labelled_fields

ICELAND = "ISL"
MIN_NAME_LETTERS = 4  # of a name that does not end another one by chance
MIN_SPELLING_SIMILARITY = 0.75  # of one word at least, in two spellings of a name


def compare_name(case: Case, machine: Identity, field: str) -> Agreement:
    """Compare surname or given names with the printed ones, regardless of their labels.

    A single name may be under either label, with FNU or XXX under the other.
    """
    if machine.source is Source.MRZ and not case.mrz_has(field):
        return Agreement.UNKNOWN
    known, printed = getattr(machine, field), getattr(case.viz_identity, field)
    whole = case.printed.get("full_name")
    if _is_printed_as_single_name(case, machine):
        known_names = filter(None, (machine.surname, machine.given_names))
        return Agreement.MAYBE if find_further_names(case, *known_names) else Agreement.SAME
    if _is_printed_under_one_label(case, machine):
        return Agreement.SAME
    if known is None and field == "given_names" and _lacks_given_names(case, machine):
        return Agreement.OTHER
    if known is None or (printed is None and whole is None):
        return Agreement.UNKNOWN
    truncated = is_name_truncated(case, machine, field)
    if printed is None and whole is not None:
        return _compare_name_with_line(case, machine, known, whole.text, truncated=truncated)
    if is_same_name(printed, known, truncated=truncated) or _is_spelled_below(case, field, known):
        return Agreement.SAME
    if machine.issuing_state == ICELAND and is_same_name(_read_thorn(printed), _read_thorn(known)):
        return Agreement.SAME
    score = score_name(printed, known, truncated=truncated)
    if score == 1.0:
        return Agreement.SAME
    compared = compare_names(case.viz_identity.name, machine.name, truncated=truncated)
    if compared.swapped and compared.score >= 1 - SWAPPED:
        return Agreement.SAME  # The names are the same, but each is under the other's label.
    if score >= case.policy.min_name_similarity:
        return Agreement.MAYBE
    # A long name may continue in a line that was not recognised as its second line, and
    # a name in another script may be transliterated in more ways than Doc 9303 lists.
    # The label of a surname that was not read may be next to the given names.
    given = machine.given_names if field == "surname" else None
    is_other_name = given is not None and is_same_name(printed, given)
    is_explained = is_partial_name(printed, known) or not is_latin(printed) or is_other_name
    is_explained = is_explained or _may_have_label_before(printed, known)
    return Agreement.MAYBE if is_explained else Agreement.OTHER


def _may_have_label_before(printed: str, known: str) -> bool:
    """Return whether a printed text is a possible label followed by a name: NOMBREJUAN."""
    letters, name = fold_letters(printed), fold_letters(known)
    return len(name) >= MIN_NAME_LETTERS and letters.endswith(name)


def _is_printed_as_single_name(case: Case, machine: Identity) -> bool:
    """Return whether MRZ or barcode and the printed text have the same single name.

    A label without a value shows that the other name is missing, and did not just lose its label.
    """
    texts = (machine.surname or "", machine.given_names or "")
    names = [each for each in texts if not is_absent_name(each)]
    if len(names) != 1 or is_name_truncated(case, machine, "given_names"):
        return False
    viz = case.viz_identity
    whole = case.printed.get("full_name")
    labelled = (viz.surname, viz.given_names) if viz.name.is_known else (whole and whole.text,)
    printed = [each for each in labelled if each and not is_absent_name(each)]
    if not printed or not all(is_same_name(each, names[0]) for each in printed):
        return False
    shown = {"surname", "full_name"} & (case.printed.keys() | list_labelled_fields(case))
    return viz.surname is not None or bool(shown)


def _is_printed_under_one_label(case: Case, machine: Identity) -> bool:
    """Return whether one label has both names, and the other was not read or has no value."""
    viz, name = case.viz_identity, machine.name
    texts = [each for each in (viz.surname, viz.given_names) if each]
    if len(texts) != 1 or not (name.surname and name.given_names):
        return False
    return is_same_name(texts[0], f"{name.surname} {name.given_names}")


def _is_spelled_below(case: Case, field: str, known: str) -> bool:
    """Return whether the lines make up the name, or one is the name and the others resemble it.

    Documents print two surnames below each other, or a name in national letters and, below it or
    after a slash, in those of the MRZ.
    """
    value = case.printed.get(field)
    if value is None:
        return False
    if value.lines and is_same_name(" ".join(value.lines), known):
        return True
    lines = value.lines or value.text.split("/")
    if not any(is_same_name(each, known) for each in lines):
        return False
    return all(
        not is_latin(line)
        or max(
            (
                score
                for words in spell_name(line)
                for name in spell_name(known)
                for score in score_word_pairs(words, name, truncated=False)
            ),
            default=0.0,
        )
        >= MIN_SPELLING_SIMILARITY
        for line in lines
    )


def _read_thorn(name: str) -> str:
    """Return a name with P in place of Þ (TH in the MRZ), because readers confuse the two."""
    return name.upper().replace("Þ", "P").replace("TH", "P")


def _lacks_given_names(case: Case, machine: Identity) -> bool:
    """Return whether given names are printed, and the MRZ or the barcode omits them.

    A truncated name may lack them, and a single name may be printed under both labels.
    """
    printed, surname = case.viz_identity.given_names, machine.surname
    if printed is None or surname is None or is_name_truncated(case, machine, "given_names"):
        return False
    return any(spell_name(printed)) and not is_same_name(printed, surname)


def _compare_name_with_line(
    case: Case, machine: Identity, known: str, line: str, *, truncated: bool
) -> Agreement:
    """Search for surname or given names in a line with the whole name in any order: JOHN A DOE."""
    name = machine.name
    if is_same_name(line, f"{name.surname} {name.given_names}", truncated=truncated):
        return Agreement.SAME
    if known != name.surname and is_same_name(line, known):
        return Agreement.SAME
    if not is_latin(line):
        return Agreement.MAYBE  # The name in Latin letters below it may not have been read.
    other = name.given_names if known == name.surname else name.surname
    if other and is_same_name(line, other):
        # NOMBRE or NAME may label a single name if another label was not read.
        return Agreement.UNKNOWN
    if contains_name(line, known):
        # The other words are given names, or are missing in the MRZ or the barcode.
        return Agreement.SAME if known == name.surname else Agreement.MAYBE
    # Every word counts: a good match of one word does not make up for a missing one.
    scores = (
        max((score_name(each, word, truncated=False) for each in line.split()), default=0.0)
        for word in known.split()
    )
    score = min(scores, default=0.0)
    return _grade(score) if score >= case.policy.min_name_similarity else Agreement.OTHER


def _grade(score: float) -> Agreement:
    return Agreement.SAME if score == 1.0 else Agreement.MAYBE


def is_name_truncated(case: Case, machine: Identity, field: str) -> bool:
    """Return whether the MRZ or the barcode may have truncated a name."""
    card = case.card
    if machine.source is Source.MRZ or card is None:
        return bool(case.mrz and case.mrz.name_truncated)
    if field == "surname":
        return bool(card.surname_truncated)
    return bool(card.first_name_truncated or card.middle_names_truncated)
