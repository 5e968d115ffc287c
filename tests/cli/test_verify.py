"""The command line: `docverify verify FILE…`."""

import io
import json
import re
import runpy
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from rich.console import Console

from cli.__main__ import main
from cli.parked import build_table
from docverify.checks import CODES
from docverify.page import Reading
from docverify.policy import POLICIES
from tasks.engines.reader_pool import read_or_refuse
from tasks.errors import Fault, SetupError
from tasks.record.failures import Failure, record_failure
from tasks.s3 import Upload
from tasks.settings import read_settings
from tests.support.image_files import HEIF


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A white image without a document."""
    path = tmp_path / "blank.png"
    Image.new("RGB", (64, 48), "white").save(path)
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A file that is not an image, although its name ends with .jpg."""
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"no picture")
    return path


def test_a_file_with_a_verdict_gives_0_whatever_the_verdict(blank: Path, broken: Path):
    assert main(["verify", str(blank), str(broken)]) == 0


def test_a_file_that_crashes_a_decoder_does_not_end_the_command(
    blank: Path, capsys: pytest.CaptureFixture[str]
):
    """Random damage found it: pi_heif 1.4 ends with SIGSEGV when it opens it."""
    assert main(["verify", str(HEIF / "crash.heic"), str(blank)]) == 0
    shown = capsys.readouterr().out

    assert "crash.heic: RESUBMIT in " in shown
    assert "blank.png: RESUBMIT in " in shown


def test_an_invalid_setting_of_the_reader_is_named(
    blank: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DOCVERIFY_READER_TIMEOUT", "soon")

    assert main(["verify", str(blank)]) == 2
    assert "DOCVERIFY_READER_TIMEOUT" in capsys.readouterr().err


def test_the_outcome_of_each_file_is_shown(
    blank: Path, broken: Path, capsys: pytest.CaptureFixture[str]
):
    main(["verify", str(blank), str(broken)])
    shown = capsys.readouterr().out

    assert "blank.png: RESUBMIT in " in shown
    assert "broken.jpg: RESUBMIT in " in shown
    assert "document_detected" in shown
    assert "Reasons: file_readable, unknown_format." in shown


ALTERED = str(Path(__file__).parents[2] / "specimens/passport-altered.jpg")


@cache
def read_altered() -> Reading:
    return read_or_refuse(Path(ALTERED).read_bytes(), read_settings())


def lines_of(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    """Return what the command shows of a file that it reads once for all tests."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("cli.verify.read_or_refuse", lambda *_: read_altered())
        main(["verify", "--policy", "demonstration", *options, ALTERED])
    return capsys.readouterr().out.splitlines()


def test_the_outcome_comes_first_and_then_only_what_did_not_pass(capsys):
    lines = lines_of(capsys)

    assert re.fullmatch(r"passport-altered\.jpg: REJECTED in \d+\.\d s", lines[0])
    codes = [line.split()[1] for line in lines if line.startswith("│ ") and line[2] != " "]
    assert codes == ["known_specimen", "viz_mrz_match_birth_date"]
    assert re.match(r"Not shown: \d+ checks that passed, \d+ that were not performed", lines[-1])


def test_all_checks_are_shown_if_asked_for(capsys):
    lines = lines_of(capsys, "--all")

    codes = [line.split()[1] for line in lines if line.startswith("│ ") and line[2] != " "]
    assert set(codes) == CODES
    assert "Not shown" not in lines[-1]


def test_the_fields_that_were_read_are_shown_on_a_terminal_only(capsys, monkeypatch):
    assert "KESTERWIN" in " ".join(lines_of(capsys, "--fields"))
    assert "KESTERWIN" not in " ".join(lines_of(capsys))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "KESTERWIN" in " ".join(lines_of(capsys))
    assert "KESTERWIN" not in " ".join(lines_of(capsys, "--no-fields"))


def test_a_table_is_as_wide_as_the_terminal(
    broken: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("FORCE_COLOR", "1")  # So rich takes any output for a terminal.
    monkeypatch.setenv("COLUMNS", "90")
    main(["verify", str(broken)])
    table = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)

    assert max(len(line.rstrip()) for line in table.splitlines()) == 90


def test_brackets_in_a_file_name_are_not_markup(blank: Path, capsys: pytest.CaptureFixture[str]):
    odd = blank.rename(blank.with_name("[red]x[bold.png"))
    main(["verify", str(odd)])

    assert "[red]x[bold.png: RESUBMIT" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_file_name_that_is_not_text_can_be_shown(
    options: list[str], blank: Path, capsys: pytest.CaptureFixture[str]
):
    odd = blank.rename(blank.with_name("\udcff.png"))

    assert main(["verify", *options, str(odd)]) == 0
    assert "?.png" in capsys.readouterr().out


def test_json_is_one_object_for_each_file_on_a_line_of_its_own(
    blank: Path, broken: Path, capsys: pytest.CaptureFixture[str]
):
    main(["verify", "--json", str(blank), str(broken)])
    first, second = map(json.loads, capsys.readouterr().out.splitlines())

    assert [first["file"], second["file"]] == [str(blank), str(broken)]
    assert second.keys() == {
        *("file", "outcome", "summary", "reasons", "policy", "pipeline_version", "seconds"),
        *("checks", "identities", "applicant_message", "kind", "risk"),
    }
    assert second["outcome"] == "resubmit"
    assert second["reasons"] == ["file_readable", "unknown_format"]
    assert second["identities"] == []
    assert second["checks"][0] == {
        "code": "file_readable",
        "status": "failed",
        "severity": "resubmit",
        "field": None,
        "sources": [],
        "evidence": (
            "unknown-format: the file is not a JPEG, PNG, TIFF, WebP, HEIC or PDF; "
            "upload one of these"
        ),
        "applies": True,
    }


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_the_policy_can_be_chosen(policy: str, broken: Path, capsys: pytest.CaptureFixture[str]):
    main(["verify", "--json", "--policy", policy, str(broken)])

    assert json.loads(capsys.readouterr().out)["policy"] == (f"{policy} {POLICIES[policy].version}")


def test_a_policy_that_is_not_allowed_is_refused_before_the_file_is_read(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("DOCVERIFY_POLICIES_ALLOWED", "!demonstration")

    with pytest.raises(SystemExit):
        main(["verify", "--policy", "demonstration", str(tmp_path / "missing.jpg")])

    message = "demonstration: DOCVERIFY_POLICIES_ALLOWED=!demonstration does not allow this policy"
    assert message in capsys.readouterr().err


def test_the_standard_policy_is_the_default(broken: Path, capsys: pytest.CaptureFixture[str]):
    main(["verify", "--json", str(broken)])

    assert json.loads(capsys.readouterr().out)["policy"] == "standard 3"


def test_a_missing_file_gives_2_and_the_others_are_still_decided(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    missing = tmp_path / "missing.jpg"
    code = main(["verify", "--json", str(missing), str(broken)])
    shown = capsys.readouterr()

    assert code == 2
    assert shown.err == f"docverify: {missing}: No such file or directory\n"
    assert json.loads(shown.out)["file"] == str(broken)


def test_a_directory_gives_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["verify", str(tmp_path)]) == 2
    message = f"docverify: {tmp_path}: this is a folder: name the files in it"
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "the following arguments are required: COMMAND", id="no command"),
        pytest.param(["verify"], "the following arguments are required: FILE", id="no file"),
        pytest.param(["sell", "x"], "invalid choice: 'sell'", id="unknown command"),
        pytest.param(
            ["verify", "--policy", "lax", "x"],
            "lax: No such file or directory: give one of lenient, standard",
            id="unknown policy",
        ),
    ],
)
def test_a_wrong_use_gives_2_and_shows_what_is_wrong(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)

    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_the_package_can_be_run(broken: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(sys.modules, "cli.__main__", raising=False)
    monkeypatch.setattr(sys, "argv", ["docverify", "verify", "--json", str(broken)])

    with pytest.raises(SystemExit) as exit_:
        runpy.run_module("cli", run_name="__main__")

    assert exit_.value.code == 0


def test_a_path_that_is_not_a_regular_file_is_refused(capsys):
    assert main(["verify", "/dev/zero"]) == 2
    assert "Not a regular file" in capsys.readouterr().err


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The file of an own policy."""
    path = tmp_path / "own.json"
    path.write_text('{"name": "own", "version": "3", "extends": "strict", "min_sharpness": 70}')
    return path


def test_an_own_policy_is_a_file(own: Path, broken: Path, capsys):
    main(["verify", "--json", "--policy", str(own), str(broken)])

    assert re.fullmatch(r"own 3\+[0-9a-f]{8}", json.loads(capsys.readouterr().out)["policy"])


def test_a_wrong_policy_gives_2_and_names_the_key(own: Path, capsys):
    own.write_text('{"name": "own", "version": "3", "min_sharpnes": 70}')

    with pytest.raises(SystemExit) as exit_:
        main(["verify", "--policy", str(own), "x"])

    assert exit_.value.code == 2
    assert "min_sharpnes: unknown key" in capsys.readouterr().err


def test_a_policy_can_be_shown_and_its_schema_too(own: Path, capsys):
    assert main(["policy", str(own)]) == 0
    assert json.loads(capsys.readouterr().out)["min_sharpness"] == 70
    assert main(["policy", "--schema"]) == 0
    assert "min_sharpness" in json.loads(capsys.readouterr().out)["properties"]


def test_the_message_for_the_applicant_names_what_to_do(broken: Path, capsys):
    main(["verify", str(broken)])
    assert (
        "Message for the applicant: Your file is not an image or a PDF." in capsys.readouterr().out
    )

    main(["verify", "--json", str(broken)])
    shown = json.loads(capsys.readouterr().out)
    assert "as a JPEG, PNG" in shown["applicant_message"]
    assert (shown["kind"], shown["risk"]) == ("unknown", 0)


def test_what_the_applicant_declared_is_not_printed(broken: Path, capsys):
    said = ["--applicant-name", "Canary", "--applicant-birth-date", "1990-01-02"]

    assert main(["verify", *said, str(broken)]) == 0
    assert "Canary" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--applicant-birth-date", "02.01.1990"),
        ("--applicant-name", "4711"),
        ("--applicant-name", " "),
    ],
)
def test_an_invalid_applicant_gives_2(option, value, broken: Path, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["verify", option, value, str(broken)])

    assert exit_.value.code == 2
    assert f"argument {option}: give" in capsys.readouterr().err


@pytest.fixture(name="upload")
def _upload(database):
    upload = Upload("documents", f"inbox/[{uuid4()}]")
    record_failure(upload, "local", "standard", SetupError("it was deleted", "NoSuchKey"), None)
    return upload


def parked(capsys, *options):
    code = main(["parked", *options])
    return code, capsys.readouterr()


def test_uploads_without_a_verdict_are_listed_with_the_reason(upload, capsys):
    code, shown = parked(capsys)

    assert code == 0
    assert "NoSuchKey" in shown.out
    assert "parked" in shown.out


def test_a_parked_key_is_shown_whole_and_without_control_characters():
    key = f"inbox/{'a' * 90}[red]\x1b[2J.jpg"
    day = datetime(2026, 3, 1, tzinfo=UTC)
    where = {"bucket": "b", "key": key, "version_id": "", "etag": ""}
    why = {"fault": Fault.SETUP, "code": "NoSuchKey", "reason": "upload it again", "tries": 1}
    when = {"first_failed_at": day, "last_failed_at": day, "parked_at": None}
    failure = Failure(id=7, engine="local", policy_name="standard", **where, **why, **when)
    console = Console(file=io.StringIO(), width=80)

    console.print(build_table([failure]))

    shown = re.sub(r"[^\x21-\x7e\ufffd]", "", console.file.getvalue())
    assert key.replace("\x1b", "\ufffd") in shown
    assert "uploaditagain" in shown


def test_parked_uploads_are_printed_as_json_and_forgotten_by_id(upload, capsys):
    _, shown = parked(capsys, "--json")
    (found,) = (
        each for each in map(json.loads, shown.out.splitlines()) if each["key"] == upload.key
    )
    assert (found["fault"], found["code"], found["tries"]) == ("setup", "NoSuchKey", 1)

    assert parked(capsys, "--forget", str(found["id"]))[0] == 0
    code, shown = parked(capsys, "--forget", str(found["id"]))
    assert (code, shown.err) == (
        2,
        f"docverify: no parked upload has the id {found['id']}: see `docverify parked`\n",
    )


def test_a_missing_database_is_reported_in_one_line(capsys, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "")

    code, shown = parked(capsys)

    assert code == 2
    assert shown.err.startswith("docverify: DATABASE_URL is not set")
