"""Each refusal of a real server or pooler has a message, a code and a fault of its own."""

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from tasks.errors import Defect, EdgeError, SetupError, WorldError
from tasks.record.connection import connect, transaction
from tasks.record.database_errors import find_explanation
from tests.support.postgres import debian_postgres, pgbouncer

TLS_ONLY = "hostssl all all 127.0.0.1/32 scram-sha-256\n"
CANARY = "canary"


@pytest.fixture(scope="module", name="tls_server")
def _tls_server():
    with debian_postgres("max_connections = 5", access=TLS_ONLY, certificates=True) as server:
        yield server


@pytest.fixture(name="tls_url")
def _tls_url(tls_server):
    url, certificates = tls_server
    query = {"sslmode": "verify-full", "sslrootcert": str(certificates.root)}
    return make_url(url).update_query_dict(query)


def failure_of(url, monkeypatch, statement="SELECT 1"):
    """Return the error of a transaction on the record of a URL; it contains no value of it."""
    shown = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", shown)
    with pytest.raises(EdgeError) as caught, transaction() as connection:
        connection.execute(text(statement))
    assert CANARY not in f"{caught.value!r}"
    return caught.value


def check(error, kind, code, message):
    assert (type(error), error.code) == (kind, code), error
    assert message in str(error)


def test_a_server_with_a_certificate_of_the_root_is_accepted(tls_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", tls_url.render_as_string(hide_password=False))

    with transaction() as connection:
        encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        assert connection.scalar(text(encrypted)) is True


def test_line_end_of_a_secret_is_ignored(database, monkeypatch):
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", f"{url}\n")

    with transaction() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("name", ["password", "username"])
def test_wrong_password_or_user(name, tls_url, monkeypatch):
    error = failure_of(tls_url.set(**{name: CANARY}), monkeypatch)

    check(error, SetupError, "28P01", "refuses the user or the password")


def test_refusal_of_one_host_counts_more_than_the_silence_of_another(database, monkeypatch):
    hosts = {"host": [f"127.0.0.1:{database.url.port}", "127.0.0.1:9"]}
    url = database.url._replace(host=None, port=None, password=CANARY).update_query_dict(hosts)

    check(failure_of(url, monkeypatch), SetupError, "28P01", "refuses the user or the password")


def test_missing_database(tls_url, monkeypatch):
    error = failure_of(tls_url.set(database=CANARY), monkeypatch)

    check(error, SetupError, "3D000", "has no database of this name")


def test_encryption_that_the_server_requires(tls_url, monkeypatch):
    error = failure_of(tls_url.set(query={"sslmode": "disable"}), monkeypatch)

    check(error, SetupError, "tls-required", "add sslmode=verify-full")


def test_encryption_that_the_server_does_not_support(database, monkeypatch):
    error = failure_of(database.url.update_query_dict({"sslmode": "require"}), monkeypatch)

    check(error, SetupError, "tls-unsupported", "the server does not support it")


def test_certificate_for_another_host(tls_url, monkeypatch):
    other = tls_url.set(host="other.example").update_query_dict({"hostaddr": "127.0.0.1"})
    error = failure_of(other, monkeypatch)

    check(error, SetupError, "tls-host", "is for a different host name")


def test_certificate_of_another_root(tls_server, tls_url, monkeypatch):
    # The server's own certificate is not that of a CA.
    other = {"sslrootcert": "/etc/ssl/certs/ca-certificates.crt"}
    error = failure_of(tls_url.update_query_dict(other), monkeypatch)

    check(error, SetupError, "tls-certificate", "was not issued by a CA of sslrootcert")


def test_root_certificate_that_does_not_exist(tls_url, monkeypatch):
    error = failure_of(tls_url.update_query_dict({"sslrootcert": "/canary.crt"}), monkeypatch)

    check(error, SetupError, "tls-root", "check its path")


def test_address_that_the_server_does_not_accept(monkeypatch):
    access = "host canary all 127.0.0.1/32 trust\n"
    with debian_postgres(access=access, certificates=True) as (url, _):
        error = failure_of(url, monkeypatch)

    check(error, SetupError, "28000", "check pg_hba.conf")


def test_server_without_a_free_connection(tls_url, monkeypatch):
    engine = connect(tls_url.render_as_string(hide_password=False))
    held = [engine.connect() for _ in range(5)]
    monkeypatch.setattr("tasks.record.connection.CROWDED_SECONDS", 0.5)
    try:
        error = failure_of(tls_url, monkeypatch)
    finally:
        for each in held:
            each.close()

    check(error, WorldError, "53300", "has no free connection")


def test_option_that_the_server_does_not_know(database, monkeypatch):
    url = database.url.update_query_dict({"options": "-c no_such_setting=1"})

    check(failure_of(url, monkeypatch), SetupError, "startup-option", "remove `options`")


def test_option_that_a_pooler_does_not_accept(database, monkeypatch):
    url = database.url.update_query_dict({"options": "-c statement_timeout=1000"})
    with pgbouncer(url.render_as_string(hide_password=False)) as pooled:
        error = failure_of(pooled, monkeypatch)

    check(error, SetupError, "startup-option", "remove `options`")


@pytest.mark.parametrize("query", [{"sslmode": "sometimes"}, {"sslmod": "require"}])
def test_wrong_option_of_the_url(query, database, monkeypatch):
    error = failure_of(database.url.update_query_dict(query), monkeypatch)

    check(error, SetupError, "url-option", "DATABASE_URL has an option")


def test_service_that_this_machine_does_not_know(monkeypatch):
    error = failure_of("postgresql:///?service=no-such-service", monkeypatch)

    check(error, SetupError, "service", "is not defined on this machine")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('could not open certificate file "/a": Permission denied', "tls-client"),
        ('certificate present, but not private key file "/a"', "tls-client"),
        ('private key file "/a" has group or world access', "tls-client"),
        ('root certificate file "/a" does not exist', "tls-root"),
    ],
)
def test_files_of_tls_are_told_apart(text, code):
    found = find_explanation(text)

    assert found is not None
    assert found.code == code


def test_unknown_host(monkeypatch):
    error = failure_of("postgresql://u:canary@no-such-host.invalid/d", monkeypatch)

    assert (type(error), error.code) in ((SetupError, "host-unknown"), (WorldError, "dns"))


def test_port_on_which_nothing_listens(monkeypatch):
    error = failure_of("postgresql://u:canary@127.0.0.1:9/d", monkeypatch)

    check(error, WorldError, "refused", "nothing listens")


def test_standby_after_a_failover(database, monkeypatch):
    # A standby answers each change so; here, the session is read-only.
    query = {"options": "-c default_transaction_read_only=on"}
    url = database.url.update_query_dict(query)
    statement = "CREATE TABLE of_a_standby ()"

    check(failure_of(url, monkeypatch, statement), WorldError, "25006", "after a failover")


def test_standby_where_the_url_asks_for_a_writer(database, monkeypatch):
    query = {"options": "-c default_transaction_read_only=on"}
    url = database.url.update_query_dict(query | {"target_session_attrs": "read-write"})

    check(failure_of(url, monkeypatch), WorldError, "25006", "after a failover")


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("53100", WorldError, "disk of the database is full"),
        ("57P01", WorldError, "an administrator ended the connection"),
        ("57014", WorldError, "took too long"),
        ("40P01", WorldError, "deadlock"),
        ("58030", WorldError, r"cannot carry out the statement at the moment (58030)"),
        ("22012", SetupError, "refused the record (22012)"),
        ("42703", SetupError, "python -m tasks.migrations"),
        ("42804", Defect, "report it as a bug"),
    ],
)
def test_error_of_a_statement(code, kind, message, database, monkeypatch):
    statement = f"DO $$ BEGIN RAISE EXCEPTION 'canary' USING ERRCODE = '{code}'; END $$"

    check(failure_of(database.url, monkeypatch, statement), kind, code, message)


def test_connection_that_an_administrator_ends(database, monkeypatch):
    statement = "SELECT pg_terminate_backend(pg_backend_pid())"

    check(failure_of(database.url, monkeypatch, statement), WorldError, "57P01", "administrator")


def test_pooler_whose_database_is_away(monkeypatch):
    away = "postgresql://postgres:canary@127.0.0.1:9/d"
    with pgbouncer(away) as url:
        error = failure_of(f"{url}?connect_timeout=1", monkeypatch)

    check(error, WorldError, "no-answer", "does not answer")


def test_pooler_that_has_no_connection_for_a_transaction(monkeypatch, database):
    behind = database.url.render_as_string(hide_password=False)
    limits = ("default_pool_size = 1", "query_wait_timeout = 1")
    with pgbouncer(behind, *limits) as url, connect(url).begin() as holder:
        holder.execute(text("SELECT 1"))
        error = failure_of(url, monkeypatch)

    check(error, WorldError, "53300", "has no free connection")


def test_refusal_in_another_language_may_pass():
    german = (
        'connection to server at "10.0.0.1", port 5432 failed: FATAL:  Passwort-Authentifizierung '
        "für Benutzer »u« fehlgeschlagen"
    )
    found = find_explanation(german)

    assert (found.code, found.fault) == ("refused-connection", WorldError)
