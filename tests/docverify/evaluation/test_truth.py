import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.evaluation.truth import (
    Truth,
    TruthError,
    parse_csv_truths,
    parse_json_truth,
    parse_json_truths,
)

SPECIMENS = Path(__file__).parents[3] / "specimens"


def test_labels_of_the_specimens_can_be_parsed():
    text = (SPECIMENS / "truth.json").read_text("utf-8")

    truths = parse_json_truths(text)

    assert truths["passport.jpg"].kind == "TD3"
    assert truths["passport.jpg"].mrz[0].startswith("P<UTO")
    assert truths["no-document.jpg"] == Truth()


def test_csv_and_json_have_the_same_labels():
    table = (
        "file,kind,attack,legible,judged_on,mrz,surname,birth_date,barcode_sex,applicant_name\n"
        "a.jpg,TD3,expired,no,2026-01-02,AB CD,DOE,1990-01-02,M,JO DOE\n"
        "b.jpg,,,,,,,,,\n"
    )
    labels = {
        "a.jpg": {
            "kind": "TD3",
            "attack": "expired",
            "legible": False,
            "judged_on": "2026-01-02",
            "mrz": ["AB", "CD"],
            "printed": {"surname": "DOE", "birth_date": "1990-01-02"},
            "barcode": {"sex": "M"},
            "applicant": {"name": "JO DOE"},
        },
        "b.jpg": {"attack": None, "mrz": None},
    }

    truths = parse_csv_truths(table)

    assert truths == parse_json_truths(json.dumps(labels))
    assert truths["a.jpg"].judged_on == date(2026, 1, 2)
    assert truths["b.jpg"] == Truth()
    assert parse_csv_truths("\ufeff" + table.replace(",", ";")) == truths


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{\n7}", "column 1)", id="broken"),
        pytest.param("[]", "must be a JSON object", id="list"),
        pytest.param('{"colour": "SECRET"}', "unknown: colour", id="unknown-key"),
        pytest.param('{"printed": {"shoe": "SECRET"}}', "printed: unknown: shoe", id="field"),
        pytest.param('{"printed": ["SECRET"]}', "printed must be a JSON object", id="no-object"),
        pytest.param('{"printed": {"birth_date": "SECRET"}}', "(YYYY-MM-DD)", id="no-day"),
        pytest.param('{"printed": {"surname": 5}}', "surname must be text", id="number"),
        pytest.param('{"judged_on": 20260101}', "judged_on must be text", id="day-as-number"),
        pytest.param('{"legible": "SECRET"}', "legible must be true or false", id="legible"),
        pytest.param('{"mrz": "SECRET"}', "mrz must be a list of lines", id="mrz"),
        pytest.param('{"kind": 3}', "kind must be text", id="kind"),
    ],
)
def test_error_in_labels_names_file_and_key_but_no_value(text, said):
    with pytest.raises(TruthError, match=r"a\.jpg") as caught:
        parse_json_truth("a.jpg", text)

    assert said in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "no column `file`", id="empty"),
        pytest.param("kind\nTD3\n", "no column `file`", id="no-file"),
        pytest.param("file,shoe\na,SECRET\n", "unknown: shoe", id="unknown-column"),
        pytest.param("file,sex\n,SECRET\n", "row 2: the column `file` is empty", id="no-name"),
        pytest.param("file\na\na\n", "row 3", id="twice"),
        pytest.param(
            "file\na,SECRET\n",
            "row 2: the number of cells differs from the number of columns",
            id="too-many",
        ),
        pytest.param(
            "file,sex\na\n",
            "row 2: the number of cells differs from the number of columns",
            id="too-few",
        ),
        pytest.param('file,sex\na,"SECRET"X\n', "line 2", id="quotes"),
        pytest.param("file,legible\na,SECRET\n", "legible must be true or false", id="legible"),
    ],
)
def test_error_in_a_table_names_the_place_but_no_value(text, said):
    with pytest.raises(TruthError) as caught:
        parse_csv_truths(text)

    assert said in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_list_of_labels_must_be_an_object_for_each_file():
    with pytest.raises(TruthError, match=r"a\.jpg: must be a JSON object"):
        parse_json_truths('{"a.jpg": []}')


@given(st.one_of(st.text(), st.lists(st.sampled_from('file,;sex"\n\r')).map("".join)))
def test_any_text_gives_labels_or_an_error(text):
    for read in (parse_json_truths, parse_csv_truths):
        with suppress(TruthError):
            assert isinstance(read(text), dict)
