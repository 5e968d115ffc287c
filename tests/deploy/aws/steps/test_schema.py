"""The tables are made by their owner, and runs have a database user that owns nothing."""

import runpy

import pytest
from prefect.client.orchestration import get_client
from sqlalchemy import Engine, event

from deploy import doctor
from deploy.aws.environment import read_environment
from deploy.aws.steps.schema import OWNER_VARIABLE
from deploy.aws.target import connect as connect_to_aws
from tasks.record.connection import connect
from tests.support.deployed import changed_steps
from tests.support.members import login


@pytest.fixture
def examine(aws, prefect_server, environment_file, name):
    """Return a function that asks the doctor about the database user of the runs."""
    file = environment_file(name, pool='"process"')

    def check() -> doctor.Link:
        with get_client(sync_client=True) as client:
            target = connect_to_aws(read_environment(str(file)), client)
            return doctor.check_database_user(target)

    return check


@pytest.fixture
def limits():
    """The limits that transactions set meanwhile, in milliseconds."""
    found: list[tuple[str, str]] = []

    def note(_connection, _cursor, statement, *_):
        words = statement.split()
        if words[:2] == ["SET", "LOCAL"] and words[2].endswith("_timeout"):
            found.append((words[2], words[-1]))

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def test_statement_of_a_migration_may_take_an_hour(empty_database_url, limits, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_database_url)

    runpy.run_module("tasks.migrations", run_name="__main__")

    # Whatever comes after a statement that waits for a lock waits for the same lock.
    assert {*limits} == {("statement_timeout", "3600000"), ("lock_timeout", "30000")}


def test_statement_of_a_migration_of_the_script_may_take_an_hour(
    run, environment_file, name, limits
):
    code, output = run(environment_file(name, pool='"process"'), "--only", "schema")

    assert code == 0, output
    assert ("statement_timeout", "3600000") in limits


def test_owner_migrates_and_the_user_of_the_runs_does_not_own_the_tables(
    run, environment_file, name, empty_database_url, monkeypatch, examine
):
    file = environment_file(name, pool='"process"')
    code, output = run(file, "--only", "schema")
    assert code == 0, output
    assert changed_steps(output) == ["schema"]
    assert examine().mark == doctor.WARNING

    member = login(connect(empty_database_url), "docverify_app")
    url = member.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv(OWNER_VARIABLE, empty_database_url)
    code, output = run(file, "--only", "schema")

    assert code == 0, output
    assert "Nothing to do." in output
    assert examine().mark == doctor.GOOD


def test_member_of_the_owners_role_is_named_like_the_owner(
    run, environment_file, name, empty_database_url, monkeypatch, examine
):
    """It may take on the role, and then change what is recorded."""
    run(environment_file(name, pool='"process"'), "--only", "schema")
    owner = connect(empty_database_url)
    member = login(owner, str(owner.url.username))
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))

    found = examine()

    assert found.mark == doctor.WARNING
    assert OWNER_VARIABLE in found.fix


def test_database_that_cannot_be_reached_is_a_link_and_not_an_end(examine, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://run:p@127.0.0.1:1/d")

    with pytest.raises(doctor.DeployError):
        examine()
    link = doctor.check_running("database user", lambda _: examine(), None)

    assert link.mark == doctor.BAD
