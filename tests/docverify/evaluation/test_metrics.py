import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.evaluation.metrics import (
    Hit,
    Measurement,
    MrzScore,
    Share,
    count_matching,
    failed_measurement,
    measure,
)
from docverify.evaluation.tables import Table, build_tables, render_table, table_as_json
from docverify.evaluation.truth import Truth
from docverify.page import Barcode, Box, Engine, Page, Quality, Reading
from docverify.policy import DEMONSTRATION, STANDARD
from docverify.verdict import Outcome, judge
from tests.support.readings import PRINTED, TODAY, page, passport, reading

LINES = passport()
DAYS = {"birth_date": "1990-04-12", "issue_date": "2023-09-15", "expiry_date": "2033-09-14"}
LABELS = {**PRINTED, **DAYS}
TRUTH = Truth(kind="TD3", capture="scan", mrz=LINES, printed=LABELS)


def measured(truth, read):
    return measure(truth, read, [judge(read, today=TODAY, policy=STANDARD)])


def test_correctly_read_passport_is_right_in_every_field():
    found = measured(TRUTH, reading(page()))

    assert found.mrz == MrzScore(exact=True, right=88, characters=88)
    assert set(found.fields.values()) == {Hit.RIGHT}
    assert ("mrz", "birth_date") in found.fields
    assert ("viz", "issue_date") in found.fields
    assert found.label == "genuine: scan"


def test_misread_values_are_wrong_and_unread_ones_missing():
    truth = Truth(mrz=passport(number="QX7182036"), printed={"nationality": "QUA", "sex": "M"})

    found = measured(truth, reading(page()))

    assert found.fields["mrz", "document_number"] is Hit.WRONG
    assert found.fields["viz", "sex"] is Hit.WRONG
    assert found.fields["viz", "nationality"] is Hit.MISSING
    assert found.mrz is not None
    assert not found.mrz.exact
    assert found.mrz.right >= 88 - 3  # the number, its digit, the composite


def test_without_pages_no_character_of_the_mrz_is_right():
    found = measured(TRUTH, Reading(Engine.LOCAL))

    assert found.mrz == MrzScore(exact=False, right=0, characters=88)
    assert set(found.fields.values()) == {Hit.MISSING}


def test_labelled_mrz_of_no_format_is_compared_as_lines_only():
    found = measured(Truth(mrz=("NO", "ZONE")), reading(page()))

    assert found.mrz is not None
    assert found.fields == {}


@pytest.mark.parametrize(
    ("payloads", "hit"),
    [((b"@\n",), Hit.RIGHT), ((b"#", b"@\n"), Hit.RIGHT), ((b"#",), Hit.WRONG), ((), Hit.MISSING)],
)
def test_barcode_with_the_labelled_bytes_is_right(payloads, hit):
    codes = tuple(Barcode("PDF417", each, Box(0, 0, 1, 1)) for each in payloads)
    sheet = Page(10, 10, (), None, Quality(100.0), codes)
    truth = Truth(payload="@\n", barcode={"surname": "DOE"})

    found = measured(truth, Reading(Engine.LOCAL, (sheet,)))

    assert found.payload is hit
    assert found.fields == {("barcode", "surname"): Hit.MISSING}
    assert found.mrz is None


def test_measurement_holds_no_value_of_a_person():
    said = repr(measured(TRUTH, reading(page())))

    assert not [text for text in (*LABELS.values(), "1990") if len(text) > 1 and text in said]


def one(
    outcome,
    attack="",
    capture="scan",
    mrz=None,
    *,
    legible=True,
    reasons=(),
    kind="TD3",
    fields=(),
):
    decided = {"standard": outcome} if outcome else {}
    why = {"standard": reasons} if outcome else {}
    return Measurement(
        kind,
        capture,
        attack,
        legible,
        mrz,
        None,
        dict(fields),
        decided,
        why,
        "" if outcome else "E",
    )


EXACT, WRONG = MrzScore(True, 88, 88), MrzScore(False, 80, 88)
HAND_MADE = [
    one(Outcome.VERIFIED, mrz=EXACT),
    one(Outcome.VERIFIED, mrz=WRONG, fields={("mrz", "sex"): Hit.WRONG}),
    one(Outcome.REJECTED, mrz=EXACT, reasons=("b", "a"), fields={("mrz", "sex"): Hit.RIGHT}),
    one(Outcome.REFERRED, mrz=EXACT, capture="photo", reasons=("a",)),
    one(Outcome.RESUBMIT, capture="photo", mrz=WRONG, legible=False, reasons=("blur",)),
    one(Outcome.VERIFIED, attack="copy", mrz=EXACT),
    one(Outcome.REJECTED, attack="copy", mrz=EXACT, reasons=("c",)),
    one(None, capture="photo", kind="licence"),
]


def rows_of(title, measurements=HAND_MADE):
    (found,) = (each for each in build_tables(measurements) if each.title.startswith(title))
    return {row[0]: row[1:] for row in found.rows}


def test_false_rejects_count_genuine_documents_and_false_accepts_attacks():
    assert rows_of("Decisions")["standard"] == (
        Share(2, 5),  # genuine verified
        Share(1, 5),  # false reject
        Share(1, 2),  # false accept
        Share(1, 7),  # wrong MRZ verified
        Share(1, 8),  # referred
        Share(1, 8),  # resubmit
    )


def test_outcomes_are_listed_by_class_genuine_first_attacks_last():
    rows = rows_of("Outcomes under the policy standard")

    assert list(rows) == ["genuine: photo", "genuine: scan", "illegible: photo", "attack: copy"]
    assert rows["genuine: scan"] == (3, 2, 0, 0, 1, 0, Share(2, 3))
    assert rows["genuine: photo"] == (2, 0, 1, 0, 0, 1, Share(0, 2))
    assert rows["attack: copy"] == (2, 1, 0, 0, 1, 0, Share(1, 2))


def test_only_legible_mrzs_are_counted():
    assert rows_of("The MRZ by capture")["scan"] == (Share(4, 5), Share(4 * 88 + 80, 5 * 88))
    assert rows_of("The MRZ by kind")["all"] == (Share(5, 6), Share(5 * 88 + 80, 6 * 88))


def test_fields_are_counted_by_source():
    assert rows_of("Fields")["mrz"] == ("sex", Share(1, 2), Share(1, 2), Share(0, 2))


def test_reasons_are_counted_by_class_the_most_frequent_first():
    (found,) = (each for each in build_tables(HAND_MADE) if each.title.startswith("What stopped"))

    assert found.rows == (
        ("genuine", "`a`", Share(2, 2)),
        ("genuine", "`b`", Share(1, 2)),
        ("illegible", "`blur`", Share(1, 1)),
        ("attack: copy", "`c`", Share(1, 1)),
    )


def test_failed_measurements_are_listed():
    assert rows_of("Documents that could not") == {"E": (1,)}
    assert failed_measurement(TRUTH, "OSError").failure == "OSError"
    assert [each for each in build_tables(HAND_MADE[:1]) if "could not" in each.title] == []


def test_two_policies_make_two_rows_and_two_tables_each():
    read = reading(page())
    both = [judge(read, today=TODAY, policy=each) for each in (STANDARD, DEMONSTRATION)]

    found = list(build_tables([measure(TRUTH, read, both)]))

    assert list(rows_of("Decisions", [measure(TRUTH, read, both)])) == ["standard", "demonstration"]
    assert sum(each.title.startswith("Outcomes") for each in found) == 2


def test_report_without_documents_has_no_shares():
    assert all("100 %" not in render_table(each) for each in build_tables([]))


def test_markdown_and_json_have_the_same_figures():
    table = Table("T", ("a", "b", "c"), (("x|y", 3, Share(9, 10)), ("z", 0, Share(0, 0))), "Note.")

    assert render_table(table).splitlines() == [
        *("## T", "", "Note.", "", "| a | b | c |", "| --- | --- | --- |"),
        *("| x&#124;y | 3 | 9/10 90 % (60-98) |", "| z | 0 | - |"),
    ]
    assert table_as_json(table)["rows"][0]["c"]["hits"] == 9
    assert table_as_json(table)["rows"][0]["c"]["interval"] == pytest.approx(
        (0.596, 0.982), abs=1e-3
    )


@given(st.text("AB<", max_size=12), st.text("AB<", max_size=12))
def test_matching_characters_are_at_most_all(text, truth):
    assert 0 <= count_matching(text, truth) <= len(truth)
    assert count_matching(truth, truth) == len(truth)
