"""Settings: read from the environment, with the variable at fault named."""

import pytest

from tasks.errors import SetupError
from tasks.settings import read_settings


def test_database_url_is_found_under_both_names(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DOCVERIFY_DATABASE_URL", "postgresql://u:p@h/d")
    assert read_settings().database_url.get_secret_value() == "postgresql://u:p@h/d"

    monkeypatch.delenv("DOCVERIFY_DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/e")
    assert read_settings().database_url.get_secret_value() == "postgresql://u:p@h/e"


def test_settings_do_not_show_the_password(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:canary@h/d")

    assert "canary" not in repr(read_settings())


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_a_wrong_setting_is_named_without_its_value(value, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", value)

    with pytest.raises(SetupError, match=r"^not a valid setting: DOCVERIFY_MAX_BYTES$"):
        read_settings()


def test_the_limit_on_bytes_reaches_the_reader(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "1234")

    assert read_settings().limits().max_bytes == 1234
