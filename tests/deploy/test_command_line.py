"""The command lines of the script and the doctor report what was mistyped before anything else."""

from types import SimpleNamespace

import boto3
import pytest
from prefect.client.base import ServerType
from prefect.settings import PREFECT_API_URL, temporary_settings

from deploy import deploy, doctor
from deploy.aws.environment import Environment
from deploy.aws.target import Target
from deploy.local.child_server import LOOPBACK
from tests.support.http_server import Response, http_server


@pytest.fixture(autouse=True)
def _no_prefect():
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        yield


@pytest.mark.parametrize("program", [deploy, doctor], ids=["deploy", "doctor"])
def test_misspelt_environment_is_reported_although_prefect_is_not_configured(program, capsys):
    assert program.main(["prodution"]) == 1

    shown = capsys.readouterr()
    assert "the environments are production, self-hosted, staging" in shown.out + shown.err


def test_error_is_not_written_into_the_file_of_a_policy(capsys):
    assert deploy.main(["--rights", "boundary"]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no Prefect API configured: run `prefect cloud login`" in shown.err


def test_receiver_that_does_not_answer_is_named_by_its_address():
    address = "http://127.0.0.1:1/notifications"
    environment = Environment(name="own", region="eu-west-1", pool="ecs", gateway=address)
    prefect = SimpleNamespace(server_type=ServerType.SERVER)
    target = Target(environment, boto3.Session(), prefect, "123456789012", "aws")

    link = doctor.check_receiver(target)

    assert (link.mark, link.detail) == (doctor.BAD, f"{address}: ConnectError")
    assert link.fix.startswith("set `gateway` to the address of services.gateway")


@pytest.mark.parametrize(
    ("status", "fix"), [(500, "look at the server's log"), (401, "check PREFECT_API_URL and")]
)
def test_server_that_refuses_is_named_with_what_to_check(status, fix, capsys):
    with (
        http_server(lambda request: Response(status, b"{}")) as port,
        temporary_settings({PREFECT_API_URL: f"http://{LOOPBACK}:{port}/api"}),
    ):
        assert deploy.main([]) == 1

    shown = capsys.readouterr().err
    assert f"refuses the request ({status})" in shown
    assert fix in shown
