"""The step `monitoring`, on moto: metrics from log lines, alarms and the dashboard."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import boto3
import pytest
from prefect.client.orchestration import SyncPrefectClient

from deploy.aws.alarms import LOG_METRICS, WORKER_METRICS, list_alarms
from deploy.aws.environment import Environment
from deploy.aws.plan import StepStatus
from deploy.aws.steps import logs, monitoring
from deploy.aws.target import Target
from deploy.local.isolation import ROOT
from docverify.verdict import Outcome
from flows.reconciliation import log_service
from services.worker.slots import SlotPool
from services.worker.status import WorkerStatus
from tests.support.aws_calls import watched
from tests.support.permissions import ACCOUNT

TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:operations"


@pytest.fixture
def target_of(aws, name) -> Callable[..., Target]:
    """Return a function that connects to moto for an environment; Prefect is not asked."""

    def build(**settings: object) -> Target:
        values = {"name": name, "region": "eu-west-1", "pool": "ecs"} | settings
        session = boto3.Session(region_name="eu-west-1")
        none = cast("SyncPrefectClient", None)
        return Target(Environment.model_validate(values), session, none, ACCOUNT, "aws")

    return build


@pytest.fixture
def target(target_of) -> Target:
    target = target_of()
    logs.apply(target)
    return target


def alarm(target: Target, name: str) -> dict[str, object]:
    found = boto3.client("cloudwatch", "eu-west-1").describe_alarms(
        AlarmNames=[f"{target.name}-{name}"]
    )
    return found["MetricAlarms"][0]


def test_second_deployment_has_nothing_to_do(target, monkeypatch):
    assert monitoring.check(target).status is StepStatus.MISSING
    monitoring.apply(target)
    assert monitoring.check(target).status is StepStatus.DONE

    with watched(monkeypatch) as calls:
        assert monitoring.check(target).is_done
    assert [each for each in calls if each.changes] == []


def test_changes_by_hand_are_found_and_reverted(target):
    monitoring.apply(target)
    cloudwatch = target.aws("cloudwatch")
    cloudwatch.delete_alarms(AlarmNames=[f"{target.name}-backlog"])
    changed = alarm(target, "parked")
    wanted = monitoring.wanted_alarms(target)[f"{target.name}-parked"]
    cloudwatch.put_metric_alarm(**{**wanted, "Threshold": 1000.0})
    cloudwatch.put_dashboard(DashboardName=target.name, DashboardBody='{"widgets": []}')
    target.aws("logs").delete_metric_filter(logGroupName=logs.name(target), filterName="Missed")

    finding = monitoring.check(target)
    assert finding.status is StepStatus.DIFFERS
    for each in (f"{target.name}-backlog", f"{target.name}-parked", "dashboard", "Missed"):
        assert each in finding.detail

    monitoring.apply(target)
    assert monitoring.check(target).is_done
    assert alarm(target, "parked")["Threshold"] == changed["Threshold"]


def test_destroy_removes_what_the_step_created(target):
    monitoring.apply(target)

    monitoring.destroy(target)

    assert monitoring.find_alarms(target) == {}
    assert monitoring.find_metrics(target) == {}
    assert monitoring.read_dashboard(target) is None
    assert monitoring.destroy(target) == "did not exist"


def test_alarms_of_others_are_left(target):
    cloudwatch = target.aws("cloudwatch")
    other = monitoring.wanted_alarms(target)[f"{target.name}-parked"]
    cloudwatch.put_metric_alarm(**{**other, "AlarmName": f"{target.name}-of-another"})
    monitoring.apply(target)

    monitoring.destroy(target)

    assert alarm(target, "of-another")
    cloudwatch.delete_alarms(AlarmNames=[f"{target.name}-of-another"])


def test_alarms_are_sent_to_the_topic_of_the_environment(target_of):
    target = target_of(alarms=TOPIC)
    logs.apply(target)
    monitoring.apply(target)

    assert alarm(target, "dead-letters")["AlarmActions"] == [TOPIC]


def test_alarm_that_is_not_needed_any_more_is_removed(target, target_of):
    monitoring.apply(target)
    process = target_of(pool="process", gateway="")

    assert monitoring.check(process).status is StepStatus.DIFFERS
    monitoring.apply(process)

    assert list(monitoring.find_alarms(process)) == [f"{target.name}-dead-letters"]


def test_silence_of_reconciliation_is_an_alarm(target):
    monitoring.apply(target)

    found = alarm(target, "reconciliation")

    assert (found["TreatMissingData"], found["Statistic"]) == ("breaching", "SampleCount")


def test_warm_pool_has_an_alarm_on_its_worker(target):
    warm = target.environment.model_copy(update={"pool": "warm"})

    names = {each.name for each in list_alarms(replace(target, environment=warm))}

    assert names - {each.name for each in list_alarms(target)} == {"worker"}


def test_filters_take_fields_that_lines_have(database, monkeypatch, caplog):
    """A field that no line has would leave an alarm silent for ever."""
    monkeypatch.setenv("DOCVERIFY_LOG_FORMAT", "json")
    with caplog.at_level("INFO", "docverify.events"):
        log_service([], datetime.now(UTC))
    lines: dict[str, set[str]] = {
        "verdict": {"outcome"},
        "failure": set(),
        "stages": {f"{stage}_seconds" for stage in ("retrieve", "read", "judge", "record")},
        "worker": set(WorkerStatus("default", SlotPool(1, 1)).describe()),
        "service": set(caplog.records[-1].fields),
    }
    for each in (*LOG_METRICS, *WORKER_METRICS):
        fields = {*re.findall(r"\$\.(\w+)", each.pattern + each.transformation_value)} - {"event"}
        assert fields <= lines[each.event], each.name
    assert {each.name for each in LOG_METRICS} >= {outcome.title() for outcome in Outcome}


def test_every_alarm_has_a_section_of_the_guide(target):
    guide = (ROOT / "docs" / "operations.md").read_text()
    warm = target.environment.model_copy(update={"pool": "warm"})

    for each in list_alarms(replace(target, environment=warm)):
        assert f"#### `{each.name}`" in guide


def test_dashboard_shows_every_alarm_and_every_metric(target):
    monitoring.apply(target)
    shown = json.dumps(monitoring.read_dashboard(target))

    assert all(name in shown for name in monitoring.wanted_alarms(target))
    assert all(f'"{each.name}"' in shown for each in LOG_METRICS)
