"""The checks of VIZ, MRZ and barcode against each other."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from docverify.checks.source_agreement import (
    COMPARED,
    IN_BARCODE,
    check_barcode_agrees,
    check_mrz_agrees,
    check_viz_agrees,
)
from docverify.documents.names import score_name
from docverify.page import Page
from docverify.policy import STANDARD, Consequence
from tests.support.check_rows import (
    FAILED,
    INCONCLUSIVE,
    NO_MRZ,
    NOT_PERFORMED,
    NOTHING,
    PASSED,
    REFER,
    REJECT,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    FRONT,
    PRINTED,
    SURE,
    UNSURE,
    aamva,
    french_card,
    licence,
    line,
    page,
    passport,
    reading,
    results,
    td1,
)
from tests.support.source_rows import ALL, FRONT_MATCH, MATCH, without

NAME_PLACES = [(0, column) for column in range(5, 44)]
WHOLE = "LOUISE ANNABEL CLEMENTINE ROSALIND"
SORBYE = {**PRINTED, "surname": "SORBYE", "given_names": "ANN"}
CYRILLIC_HA = "\N{CYRILLIC CAPITAL LETTER HA}"


def printed(**values: str) -> Page:
    return page(printed={**ALL, **values})


def front(old: str, new: str) -> tuple[str, ...]:
    """Change the printed text on the front of a licence; "": nothing is printed there."""
    lines = (each.replace(old, new) if new else each for each in FRONT)
    return tuple(each for each in lines if new or old not in each)


OTHERS: Mapping[str, tuple[str, Consequence]] = {
    "document_number": ("QX7182036", REJECT),
    "birth_date": ("13 APR 1990", REJECT),
    "expiry_date": ("14 SEP 2034", REJECT),
    "surname": ("KESTERWIN", REJECT),
    "given_names": ("PAULA JUNE", REFER),
    "sex": ("M", REFER),
    "nationality": ("France", REFER),
    "issuing_state": ("France", REFER),
}
ON_FRONT: Mapping[str, tuple[str, str, Consequence]] = {
    "document_number": ("D5521738", "D5521739", REJECT),
    "birth_date": ("DOB 04/12/1990", "DOB 04/13/1990", REJECT),
    "expiry_date": ("EXP 04/12/2029", "EXP 04/12/2030", REJECT),
    "issue_date": ("ISS 04/15/2024", "ISS 04/16/2024", REFER),
    "surname": ("MERIDIAN", "KESTERWIN", REJECT),
    "given_names": ("LOUISE ANN", "PAULA JUNE", REFER),
    "sex": ("SEX F", "SEX M", REFER),
}
ANSWERS = [
    Row("other people", MATCH + "nationality", FAILED, printed(nationality="Kenyan"), REFER),
    Row("unknown people", MATCH + "nationality", NOT_PERFORMED, printed(nationality="Terran")),
    *(
        row
        for field, (other, asks) in OTHERS.items()
        for row in (
            Row("the same", MATCH + field, PASSED, printed()),
            Row("another", MATCH + field, FAILED, printed(**{field: other}), asks),
            Row(
                "another, misread",
                MATCH + field,
                INCONCLUSIVE,
                page(printed={**ALL, field: other}, printed_confidence=UNSURE),
            ),
            Row("not printed", MATCH + field, NOT_PERFORMED, page(printed=without(field))),
            Row("no MRZ", MATCH + field, NOT_PERFORMED, NO_MRZ),
        )
    ),
    Row("a card", MATCH + "document_number", PASSED, page(td1())),
    Row("blanks", MATCH + "document_number", PASSED, printed(document_number="QX 718-2035")),
    Row("O for 0", MATCH + "document_number", PASSED, printed(document_number="QX7182O35")),
    Row(
        "a label glued on",
        MATCH + "document_number",
        INCONCLUSIVE,
        printed(document_number="QX7182035s"),
    ),
    Row(
        "a figure glued on",
        MATCH + "document_number",
        FAILED,
        printed(document_number="QX71820351"),
    ),
    Row(
        "a digit of a label", MATCH + "document_number", INCONCLUSIVE, printed(document_number="4d")
    ),
    Row("D for 0", MATCH + "document_number", INCONCLUSIVE, printed(document_number="QX7182D35")),
    Row(
        "a label behind it",
        MATCH + "document_number",
        PASSED,
        printed(document_number="No QX7182035 15SEX M"),
    ),
    Row(
        "another, a label behind it",
        MATCH + "document_number",
        FAILED,
        printed(document_number="QX7182036 15SEX M"),
        REJECT,
    ),
    Row(
        "a Cyrillic twin",
        MATCH + "document_number",
        INCONCLUSIVE,
        printed(document_number=f"Q{CYRILLIC_HA}7182035"),
    ),
    Row("one letter misread", MATCH + "surname", INCONCLUSIVE, printed(surname="MERIDIAM")),
    Row("an accent", MATCH + "surname", PASSED, printed(surname="Méridian")),
    Row("part of a long name", MATCH + "given_names", INCONCLUSIVE, printed(given_names="LOUISE")),
    Row("another order", MATCH + "given_names", PASSED, printed(given_names="ANN LOUISE")),
    Row(
        "under each other's labels",
        MATCH + "surname",
        PASSED,
        printed(surname="LOUISE ANN", given_names="MERIDIAN"),
    ),
    Row(
        "a longer name", MATCH + "given_names", INCONCLUSIVE, printed(given_names="LOUISE ANNABEL")
    ),
    Row(
        "a longer name, cut in the MRZ",
        MATCH + "given_names",
        PASSED,
        page(
            passport(name="MERIDIAN<<LOUISE<ANNABEL<CLEMENTINE<ROS"),
            {**PRINTED, "given_names": "LOUISE ANNABEL CLEMENTINE ROSALIND"},
        ),
    ),
    Row("another script", MATCH + "surname", PASSED, printed(surname="МЕРИДИАН")),
    Row("another name in it", MATCH + "surname", INCONCLUSIVE, printed(surname="ПЕТРОВ")),
    Row("no Latin form", MATCH + "surname", NOT_PERFORMED, printed(surname="张")),
    Row(
        "zone misread",
        MATCH + "surname",
        INCONCLUSIVE,
        page(printed={**PRINTED, "surname": "KESTERWIN"}, doubtful=NAME_PLACES),
    ),
    *(
        Row(
            why,
            MATCH + "surname",
            status,
            page(printed={}, more=[line(f"Name: {name}", top=0)]),
        )
        for why, name, status in (
            ("a whole name", "LOUISE ANN MERIDIAN", PASSED),
            ("another whole name", "PAULA JUNE KESTERWIN", FAILED),
            ("a whole name, misread", "LOUISE ANN MERIDIAM", INCONCLUSIVE),
            ("a whole name in another order", "ANN MERIDIAN LOUISE", PASSED),
            ("a whole name with initials", "LOUISE A MERIDIAN", PASSED),
            ("a whole name with more names", "LOUISE ANN MAE MERIDIAN", PASSED),
            ("another surname in a whole name", "LOUISE ANN KESTER", FAILED),
        )
    ),
    *(
        Row(why, MATCH + "given_names", status, page(printed={}, more=[line(text, top=0)]))
        for why, text, status in (
            ("more names in one line", "Name: LOUISE ANN MAE MERIDIAN", INCONCLUSIVE),
            ("another name in one line", "Name: PAULA MERIDIAN", FAILED),
        )
    ),
    Row(
        "given names only printed",
        MATCH + "given_names",
        FAILED,
        page(passport(name="MERIDIAN")),
        REFER,
    ),
    Row(
        "given names only printed, some letters in doubt",
        MATCH + "given_names",
        FAILED,
        page(passport(name="MERIDIAN"), printed_confidence=UNSURE),
        REFER,
    ),
    Row(
        "given names only printed, hardly read",
        MATCH + "given_names",
        INCONCLUSIVE,
        page(passport(name="MERIDIAN"), printed_confidence=0.29),
    ),
    Row(
        "a single name",
        MATCH + "given_names",
        PASSED,
        page(passport(name="MERIDIAN"), {n: t for n, t in PRINTED.items() if n != "given_names"}),
    ),
    Row(
        "a single name under both labels",
        MATCH + "given_names",
        PASSED,
        page(passport(name="MERIDIAN"), {**PRINTED, "given_names": "MERIDIAN"}),
    ),
    Row(
        "no given names, in words",
        MATCH + "given_names",
        PASSED,
        page(passport(name="MERIDIAN"), {**PRINTED, "given_names": "UNAVAILABLE"}),
    ),
    Row("an initial", MATCH + "given_names", PASSED, printed(given_names="LOUISE A")),
    Row("lost marks", MATCH + "surname", PASSED, page(passport(name="SOERBYE<<ANN"), SORBYE)),
    *(
        Row(
            f"{why}, without a label",
            MATCH + field,
            status,
            page(printed=without(field), more=[line(text, top=900, confidence=UNSURE)]),
        )
        for why, field, text, status in (
            ("in doubt", "birth_date", "12 APR 1990", PASSED),
            ("behind a misread label", "birth_date", "8 Dae of brth12 APR 1990", PASSED),
            ("another", "birth_date", "13 APR 1990", NOT_PERFORMED),
            ("next to another", "expiry_date", "15 SEP 2023 14 SEP 2033", PASSED),
            ("in doubt", "surname", "MERIDIAN", PASSED),
            ("a part", "surname", "MERIDIAN BAY", NOT_PERFORMED),
        )
    ),
    *(
        Row(
            why,
            MATCH + "given_names",
            status,
            page(passport(name=name), without("given_names"), more=[line(WHOLE, top=900)]),
        )
        for why, name, status in (
            ("cut in the MRZ, without a label", "MERIDIAN<<LOUISE<ANNABEL<CLEMENTINE<ROS", PASSED),
            ("cut to too little", "MERIDIAN<<LOU".ljust(39, "X"), NOT_PERFORMED),
        )
    ),
    Row("a name of a State", MATCH + "issuing_state", PASSED, printed(issuing_state="Antarctica")),
    Row("no State", MATCH + "issuing_state", NOT_PERFORMED, printed(issuing_state="Nowhere")),
    Row(
        "Germany, D in the MRZ",
        MATCH + "issuing_state",
        PASSED,
        page(passport(state="D<<"), {**ALL, "issuing_state": "Federal Republic of Germany"}),
    ),
    Row("computed, not read", MATCH + "expiry_date", NOT_PERFORMED, page(french_card())),
    *(
        row
        for field, (same, other, asks) in ON_FRONT.items()
        for row in (
            Row("the same", FRONT_MATCH + field, PASSED, licence()),
            Row("another", FRONT_MATCH + field, FAILED, licence(front=front(same, other)), asks),
            Row(
                "another, misread",
                FRONT_MATCH + field,
                INCONCLUSIVE,
                licence(front=front(same, other), confidence=UNSURE),
            ),
            Row("not printed", FRONT_MATCH + field, NOT_PERFORMED, licence(front=front(same, ""))),
            Row("no barcode", FRONT_MATCH + field, NOT_PERFORMED, licence(b"")),
            Row("no barcode", FRONT_MATCH + field, NOT_PERFORMED, page()),
        )
    ),
    *(
        Row(why, FRONT_MATCH + field, status, licence(aamva(**changed)))
        for why, field, changed, status in (
            ("cut in the barcode", "surname", {"DCS": "MERI", "DDE": "T"}, PASSED),
            ("cut in the barcode", "given_names", {"DAC": "LOU", "DDF": "T"}, PASSED),
            ("cut in the barcode", "given_names", {"DAD": "A", "DDG": "T"}, PASSED),
            ("not cut", "surname", {"DCS": "QUI"}, FAILED),
        )
    ),
    Row("printed once", "viz_values_agree", PASSED, page()),
    Row(
        "two numbers",
        "viz_values_agree",
        FAILED,
        page(more=[line("Passport No: QX7182099", top=900)]),
        REFER,
    ),
    Row(
        "two days of birth",
        "viz_values_agree",
        FAILED,
        page(more=[line("Date of birth: 13 APR 1990", top=900)]),
        REFER,
    ),
    Row(
        "one of them misread",
        "viz_values_agree",
        PASSED,
        page(more=[line("Passport No: QX7182099", top=900, confidence=UNSURE)]),
    ),
    Row(
        "no value",
        "viz_values_agree",
        PASSED,
        page(more=[line("Passport No: see page 2", top=900)]),
    ),
    Row(
        "the same in another way",
        "viz_values_agree",
        PASSED,
        page(more=[line("Date of birth: 1990-04-12", top=900)]),
    ),
    Row(
        "two surnames",
        "viz_values_agree",
        FAILED,
        page(more=[line("Surname: OKONKWO", top=900)]),
        REFER,
    ),
    Row(
        "a name that was hardly read",
        "viz_values_agree",
        PASSED,
        page(more=[line("Surname: OKONKWO", top=900, confidence=UNSURE)]),
    ),
    Row("no label", "viz_values_agree", NOT_PERFORMED, NOTHING),
]


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(ANSWERS, check_mrz_agrees, check_barcode_agrees, check_viz_agrees)


def test_each_compared_field_has_its_rows():
    assert (OTHERS.keys(), ON_FRONT.keys()) == (COMPARED.keys(), IN_BARCODE.keys())


def test_value_on_another_page_is_compared_as_well():
    other = page(None, {"document_number": "QX7182099"})

    assert results(reading(page(), other))["viz_values_agree"].status is FAILED


def test_name_as_similar_as_the_policy_requires_is_not_another_name():
    of = reading(printed(surname="MERIDIAM"))
    likeness = score_name("MERIDIAM", "MERIDIAN", truncated=False)
    statuses = [
        results(of, policy=replace(STANDARD, min_name_similarity=least))[MATCH + "surname"].status
        for least in (likeness, likeness + 0.001)
    ]

    assert statuses == [INCONCLUSIVE, FAILED]


@pytest.mark.parametrize(("least", "status"), [(SURE, FAILED), (1.0, INCONCLUSIVE)])
def test_conflict_with_the_required_confidence_fails(least, status):
    policy = replace(STANDARD, min_confidence=least)
    of = reading(printed(birth_date="13 APR 1990"))

    assert results(of, policy=policy)[MATCH + "birth_date"].status is status
