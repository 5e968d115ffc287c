"""The doctor finds each broken link of the chain, and its probe tests all of it."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager

import boto3
import pytest

from deploy import doctor
from deploy.local.gateway_server import run_gateway
from deploy.local.isolation import ROOT, child_environment
from tests.support.aws_calls import ConfirmingSns, watched
from tests.support.polling import PATIENCE, eventually

ACCOUNT = "123456789012"


@pytest.fixture
def examine(monkeypatch, capsys, clone):
    """Return a function that runs the doctor on the clone: exit code, marks of links, output."""

    def run_doctor(*arguments: object) -> tuple[int, dict[str, str], str]:
        monkeypatch.setattr(doctor, "console", doctor.Console(highlight=False, width=300))
        code = doctor.main([*map(str, arguments)], clone=clone)
        output = capsys.readouterr().out
        lines = re.finditer(r"^([✓✗·!]) (\S+(?: \S+)*?) {2,}", output, re.MULTILINE)
        return code, {line[2]: line[1] for line in lines}, output

    return run_doctor


def broken(marks: dict[str, str]) -> set[str]:
    return {name for name, mark in marks.items() if mark == "✗"}


def test_doctor_shows_how_to_create_missing_links(run, examine, environment_file, name, docker):
    code, marks, output = examine(environment_file(name))

    assert code == 1
    assert broken(marks) >= {"bucket", "topic", "secrets", "deployments", "notification"}
    assert f"python deploy/deploy.py {name} --only bucket" in output


@pytest.mark.slow
def test_doctor_finds_each_broken_link_on_prefect_cloud(
    run, examine, environment_file, name, cloud, monkeypatch, prefect
):
    file = environment_file(name, pool='"ecs:push"', gateway="")
    with watched(monkeypatch, ConfirmingSns()):
        code, output = run(file)
        assert code == 0, output
        code, marks, output = examine(file)
        assert broken(marks) == set(), output
        assert code == 0

        cloud.enforces_authentication = True
        assert broken(examine(file)[1]) == {"receiver"}
        cloud.enforces_authentication = False

        cloud.webhooks[0]["enabled"] = False
        assert broken(examine(file)[1]) == {"webhook", "receiver"}
        cloud.webhooks[0]["enabled"] = True

        queue = boto3.client("sqs").get_queue_url(QueueName=f"docverify-{name}-dead-letters")
        boto3.client("sqs").send_message(QueueUrl=queue["QueueUrl"], MessageBody="{}")
        assert broken(examine(file)[1]) == {"undelivered"}
        boto3.client("sqs").purge_queue(QueueUrl=queue["QueueUrl"])

        (automation,) = prefect.read_automations_by_name(f"document-verification-automation-{name}")
        prefect.pause_automation(automation.id)
        assert broken(examine(file)[1]) == {"automations"}
        prefect.resume_automation(automation.id)

        boto3.client("s3").put_bucket_notification_configuration(
            Bucket=f"docverify-{name}-{ACCOUNT}", NotificationConfiguration={}
        )
        assert broken(examine(file)[1]) == {"notification"}

    # This one does not know of a confirmation.
    with watched(monkeypatch, ConfirmingSns()):
        _, marks, output = examine(file)
    assert broken(marks) == {"notification", "subscription"}
    assert "not confirmed" in output


# A worker stops on the signal of Ctrl-C, which a shell ignores for background processes.
WORKER = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from prefect.cli import app
app()
"""


@contextmanager
def worker(pool: str):
    """Run a worker that starts each run as a process, as the documentation shows."""
    command = [sys.executable, "-c", WORKER, "worker", "start", "--pool", pool]
    environment = {**child_environment(), **os.environ, "PREFECT_WORKER_QUERY_SECONDS": "1"}
    environment["PYTHONPATH"] = str(ROOT)
    process = subprocess.Popen(
        [*command, "--type", "process"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:  # A worker that does not stop in time fails this test, but not the next one.
            process.kill()
            process.wait()


@pytest.mark.slow
def test_probe_gets_a_verdict_and_is_removed_or_is_reported_lost(
    run, examine, environment_file, name, prefect_server, prefect
):
    """With moto's S3 and SNS, a gateway, a worker and a real Prefect server."""
    topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:docverify-{name}-uploads"
    with run_gateway(prefect_server, [topic]) as gateway:
        file = environment_file(name, pool='"process"', gateway=f'"{gateway}"')
        code, output = run(file)
        assert code == 0, output
        pool = f"document-verification-pool-{name}"
        # moto does not sign messages, so the gateway would accept the doctor's unsigned one too.
        with worker(pool):
            eventually(lambda: prefect.read_workers_for_work_pool(pool))
            moments = list(doctor.follow_probe(target_of(file, prefect), PATIENCE))

    assert [link.mark for link in moments] == ["✓"] * 3, moments
    assert moments[-1].detail.startswith("Resubmit")
    left = boto3.client("s3").list_object_versions(Bucket=f"docverify-{name}-{ACCOUNT}")
    assert "Versions" not in left

    # The gateway has ended.
    (lost,) = doctor.follow_probe(target_of(file, prefect), 2)
    assert lost.name == "probe event"
    assert lost.detail == "no event arrived"


def target_of(file, prefect):
    return doctor.connect(doctor.read_environment(str(file)), prefect)
