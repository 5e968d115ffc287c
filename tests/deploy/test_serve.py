"""Serving the flows: invalid settings stop it at once, and documents never stop maintenance."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, temporary_settings

from deploy import serve
from deploy.local.aws_server import EmbeddedAws
from deploy.local.child_server import LOOPBACK, free_port
from deploy.prefect_objects.deployments import (
    DOCUMENT_VERIFICATION,
    RECONCILIATION,
    FlowDeployment,
)
from tests.support.http_server import Request, Response, http_server
from tests.support.polling import PATIENCE, eventually
from tests.support.proxy import Fault, Moment, proxy


@pytest.fixture(autouse=True)
def _command_line(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["serve"])


def test_serve_needs_a_prefect_server():
    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(SystemExit, match=r"^Set PREFECT_API_URL"),
    ):
        serve.main()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api", "127.0.0.1:4200"])
def test_server_that_does_not_answer_is_named_in_one_line(url):
    with (
        temporary_settings({PREFECT_API_URL: url}),
        pytest.raises(SystemExit, match=f"^{url} does not answer .* check PREFECT_API_URL"),
    ):
        serve.main()


def test_server_that_refuses_the_pool_is_named_in_one_line():
    def answer(request: Request) -> Response:
        if request.path.endswith("/filter"):
            return Response(content=[])
        return Response(404 if request.method == "GET" else 403, {"detail": "no"})

    with http_server(answer) as port:
        url = f"http://{LOOPBACK}:{port}/api"
        with (
            temporary_settings({PREFECT_API_URL: url}),
            pytest.raises(SystemExit, match=rf"^{url} refuses the request \(403\)"),
        ):
            serve.main()


def test_invalid_setting_is_named_in_one_line(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "many")

    with pytest.raises(SystemExit, match=r"^not a valid setting: DOCVERIFY_MAX_BYTES: must be"):
        serve.main()


@pytest.mark.parametrize(
    ("arguments", "least"),
    [
        (["--purge-after", "0", "1", "1", "1"], 1),
        (["--limit", "0"], 1),
        (["--limit", "many"], 1),
        (["--reconcile-every", "-5"], 0),
    ],
)
def test_numbers_that_cannot_be_used_are_refused(arguments, least, capsys):
    with pytest.raises(SystemExit):
        serve.build_parser().parse_args(arguments)

    message = f"argument {arguments[0]}: must be a whole number, at least {least}"
    assert message in capsys.readouterr().err


@pytest.fixture(name="client")
def _client(prefect_server) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture(name="held")
def _held(put) -> tuple[str, Moment]:
    """The key of an upload, and the moment when its run asks S3 for it."""
    key = f"inbox/{uuid4()}"
    put(key, bytes(100))
    return key, Moment(Fault.STALL, (key.encode(),))


@pytest.fixture(name="server")
def _server(client, aws: EmbeddedAws, database, held) -> Iterator[subprocess.Popen[bytes]]:
    """A server with one process at a time for documents."""
    # One that was deployed to a pool by another test would keep the pool, and its runs.
    for each in (DOCUMENT_VERIFICATION, RECONCILIATION):
        with suppress(ObjectNotFound):
            earlier = client.read_deployment_by_name(f"{each.flow.name}/{each.name}")
            client.delete_deployment(earlier.id)
    command = [sys.executable, "-m", "deploy.serve", "--process-per-run", "--limit", "1"]
    with proxy(aws.port, held[1]) as s3:
        environment = os.environ | {
            "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{s3}",
            "DOCVERIFY_MAX_BYTES": "99",
            "PREFECT_RUNNER_POLL_FREQUENCY": "1",
            "PREFECT_RUNNER_SERVER_HOST": LOOPBACK,
            "PREFECT_RUNNER_SERVER_PORT": str(free_port()),
        }
        process = subprocess.Popen([*command, "--reconcile-every", "0"], env=environment)
        yield process
        process.kill()
        process.wait(PATIENCE)


@pytest.fixture(name="submit")
def _submit(client, server) -> Callable[..., UUID]:
    """A function that starts a run of a deployment, once it is served."""

    def submit(deployment: FlowDeployment, **parameters: object) -> UUID:
        name = f"{deployment.flow.name}/{deployment.name}"
        eventually(lambda: is_served(client, name) or server.poll() is not None)
        assert server.poll() is None, "the server has ended"
        found = client.read_deployment_by_name(name).id
        return client.create_flow_run_from_deployment(found, parameters=parameters).id

    return submit


def is_served(client: SyncPrefectClient, name: str) -> bool:
    try:
        return client.read_deployment_by_name(name).work_pool_name is None
    except ObjectNotFound:
        return False


def state(client: SyncPrefectClient, run: UUID) -> State:
    return client.read_flow_run(run).state


@pytest.mark.slow
def test_maintenance_runs_while_documents_hold_every_process(client, server, submit, held, bucket):
    key, moment = held
    document = submit(DOCUMENT_VERIFICATION, bucket=bucket, key=key)
    assert moment.reached.wait(PATIENCE)

    maintenance = submit(RECONCILIATION, bucket=bucket, prefix=f"inbox/{uuid4()}", dry_run=True)

    ended = eventually(lambda: state(client, maintenance), lambda found: found.is_final())
    assert ended.is_completed(), ended.message
    assert state(client, document).is_running()
    moment.go_on.set()
    assert eventually(
        lambda: state(client, document), lambda found: found.is_final()
    ).is_completed()
    server.terminate()
    assert server.wait(PATIENCE) == 0
