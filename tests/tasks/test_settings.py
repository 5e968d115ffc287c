"""Settings are read from the environment, and an invalid variable is named."""

import pytest

from tasks.errors import SetupError
from tasks.settings import Settings, find_unknown_settings, read_settings, retry_pauses


def test_the_record_has_one_setting(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/d")
    monkeypatch.setenv("DOCVERIFY_DATABASE_URL", "postgresql://u:p@h/somewhere-else")

    assert read_settings().database_url.get_secret_value() == "postgresql://u:p@h/d"


def test_settings_do_not_show_the_password(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:canary@h/d")

    assert "canary" not in repr(read_settings())


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MAX_BYTES", "0", "must be greater than 0"),
        ("MAX_BYTES", "20MB", "must be a whole number"),
        ("WEBHOOK_TIMEOUT", "soon", "must be a number"),
        ("TEXTRACT_FROM_S3", "perhaps", "must be true or false"),
        ("LOG_FORMAT", "yaml", "must be 'text' or 'json'"),
        ("DESK_URL", "desk", "must be like https://desk.example.org"),
    ],
)
def test_an_invalid_setting_is_named_with_what_it_must_be(name, value, reason, monkeypatch):
    monkeypatch.setenv(f"DOCVERIFY_{name}", value)

    with pytest.raises(SetupError) as raised:
        read_settings()

    meaning = Settings.model_fields[name.lower()].description
    message = f"not a valid setting: DOCVERIFY_{name}: {reason} ({meaning})"
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"WEBHOOK_URL": "https://example.org"}, ("WEBHOOK_URL", "WEBHOOK_SECRET")),
        ({"DATABASE_SECRET": "a", "DATABASE_IAM": "true"}, ("DATABASE_IAM", "DATABASE_SECRET")),
    ],
)
def test_settings_that_contradict_each_other_are_both_named(variables, named, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(f"DOCVERIFY_{name}", value)

    with pytest.raises(SetupError) as raised:
        read_settings()

    assert all(f"DOCVERIFY_{name}" in str(raised.value) for name in named)


def test_the_value_of_an_invalid_setting_is_not_shown(monkeypatch):
    for name in ("MAX_BYTES", "HMAC_KEY", "LOG_FORMAT", "DESK_URL"):
        monkeypatch.setenv(f"DOCVERIFY_{name}", "hunter2 ")

    with pytest.raises(SetupError) as raised:
        read_settings()

    assert "hunter2" not in str(raised.value)


def test_a_short_key_is_refused(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_HMAC_KEY", "k" * 31)
    with pytest.raises(SetupError, match=r"DOCVERIFY_HMAC_KEY: .* 32 characters"):
        read_settings()

    for key in ("", "k" * 32):
        monkeypatch.setenv("DOCVERIFY_HMAC_KEY", key)
        assert read_settings().hmac_key.get_secret_value() == key


def test_the_limit_on_bytes_reaches_the_reader(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "1234")

    assert read_settings().limits().max_bytes == 1234


def test_a_misspelt_setting_is_named_and_those_of_the_gateway_are_not():
    environment = (
        *("DOCVERIFY_HMAC_KY", "DOCVERIFY_DATABASE_URL", "DOCVERIFY_ALLOWED_UPLOAD"),
        *("DOCVERIFY_HMAC_KEY", "DOCVERIFY_GATEWAY_TOPICS", "DATABASE_URL", "HOME"),
    )

    found = find_unknown_settings(environment)

    assert list(found) == [
        *("DOCVERIFY_ALLOWED_UPLOAD", "DOCVERIFY_DATABASE_URL", "DOCVERIFY_HMAC_KY")
    ]
    assert found["DOCVERIFY_HMAC_KY"] == "did you mean DOCVERIFY_HMAC_KEY?"


@pytest.mark.parametrize(
    ("factor", "pauses"),
    [("1", [1, 5]), ("0.2", [0.2, 1]), ("0", [0, 0]), ("-1", [1, 5]), ("soon", [1, 5])],
)
def test_pauses_between_tries_are_multiplied_by_a_valid_factor(factor, pauses, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_RETRY_PAUSE_FACTOR", factor)

    assert retry_pauses(1, 5) == pauses
