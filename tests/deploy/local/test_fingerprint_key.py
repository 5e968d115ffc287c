"""The key of the fingerprints of the embedded stack, with which duplicates are found there too."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from deploy.local.aws_server import EmbeddedAws
from deploy.local.fingerprint_key import find_key
from deploy.local.prefect_server import EmbeddedPrefect
from deploy.local.stack import Service
from docverify.case import open_case
from docverify.policy import DEMONSTRATION
from docverify.reading import wire
from tasks.errors import SetupError
from tasks.record.fingerprints import MAX_DIFFERENT_BITS
from tasks.settings import MIN_KEY_LENGTH

TESTS = Path(__file__).parents[2]
READINGS = TESTS / "docverify/written_by_version_4/readings.json.gz"
SPECIMENS = json.loads((TESTS.parent / "specimens/verdicts.json").read_text())
GIVEN = "of the user, and with more than 32 letters"
OWN = "postgresql://user@host/database"


def test_the_key_that_the_user_set_is_used(tmp_path: Path):
    environment = {"DOCVERIFY_HMAC_KEY": GIVEN, "DATABASE_URL": OWN, "HOME": str(tmp_path)}

    assert find_key(environment) == GIVEN
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_database_gets_a_key_that_ends_with_it(tmp_path: Path):
    keys = {find_key({"HOME": str(tmp_path)}) for _ in range(2)}

    assert len(keys) == 2
    assert min(map(len, keys)) >= MIN_KEY_LENGTH
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variable", ["HOME", "XDG_STATE_HOME"])
def test_the_key_of_a_database_that_stays_is_made_once(variable: str, tmp_path: Path):
    environment = {"DATABASE_URL": OWN, "HOME": "/nonexistent", variable: str(tmp_path)}

    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(find_key, [environment] * 8))

    assert len(keys) == 1
    (file,) = (each for each in tmp_path.rglob("*") if each.is_file())
    assert file.read_text().strip() in keys
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_key_that_cannot_be_kept_is_named(tmp_path: Path):
    (tmp_path / "docverify").write_text("a file in the place of the folder")

    with pytest.raises(SetupError, match="set DOCVERIFY_HMAC_KEY"):
        find_key({"DATABASE_URL": OWN, "XDG_STATE_HOME": str(tmp_path)})


def test_an_empty_file_is_not_a_key(tmp_path: Path):
    file = tmp_path / "docverify" / "hmac-key"
    file.parent.mkdir()
    file.touch()

    with pytest.raises(SetupError, match="empty"):
        find_key({"DATABASE_URL": OWN, "XDG_STATE_HOME": str(tmp_path)})


def test_every_process_of_the_stack_gets_the_key_and_no_text_shows_it(tmp_path: Path):
    service = Service(EmbeddedAws(1), EmbeddedPrefect(2, tmp_path), OWN)
    key = service.environment["DOCVERIFY_HMAC_KEY"]

    assert len(key) >= MIN_KEY_LENGTH
    assert key not in repr(service)


def test_the_verdicts_of_the_specimens_do_not_depend_on_their_order():
    """None is a document or an image that another one's holder could have uploaded before."""
    stored = json.loads(gzip.decompress(READINGS.read_bytes()))
    readings = [wire.read(json.dumps(stored[name])) for name in SPECIMENS]
    opened = [open_case(each, today=date(2026, 11, 26), policy=DEMONSTRATION) for each in readings]
    traits = [each.traits for each in opened]
    numbers = [each.number for each in traits if each.number]
    images = [each.image for each in traits if each.image is not None]

    assert len(numbers) == len(set(numbers)) == 11
    assert len(images) == 13
    for one, other in combinations(images, 2):
        assert (one ^ other).bit_count() > MAX_DIFFERENT_BITS
