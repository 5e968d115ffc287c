"""The declared deployments, and that this machine and AWS deploy the same."""

import inspect
import json
from importlib import import_module

import pytest

from deploy.aws.environment import Retention
from deploy.prefect_objects.automations import AUTOMATIONS
from deploy.prefect_objects.deployments import (
    BACKFILL,
    DEPLOYMENTS,
    RECONCILIATION,
    REDECISION,
    RETENTION,
    RETENTION_DAYS,
    RETRY_PARKED,
)
from deploy.serve import build_parser, local_deployments
from docverify.policy import STRICT
from services.worker.queues import MAINTENANCE_QUEUE
from tasks.flow_runs import VERIFICATION
from tasks.run_limits import LIMIT_SECONDS
from tasks.stale_runs import LONG_DEPLOYMENTS

ALONE = {BACKFILL, REDECISION, RETENTION, RETRY_PARKED}
CHOSEN_DAYS = dict(zip(RETENTION_DAYS, (30, 1826, 1826, 30), strict=True))
NAMES = [
    "document-verification-deployment",
    "redecision-deployment",
    "reconciliation-deployment",
    "backfill-deployment",
    "backfill-chunk-deployment",
    "review-deployment",
    "retention-deployment",
    "retry-parked-deployment",
    "daily-report-deployment",
]


def served(*arguments: str) -> dict:
    options = build_parser().parse_args(arguments)
    found = local_deployments(options.policy, options.reconcile_every, options.purge_after)
    return {each.name: each for each in found}


def test_deployments_keep_their_names():
    assert [each.name for each in DEPLOYMENTS] == NAMES


def test_stale_runs_of_every_deployment_are_ended():
    assert {VERIFICATION.partition("/")[2], *LONG_DEPLOYMENTS} == set(NAMES)


def test_prefect_ends_pending_runs_of_the_maintenance():
    content = json.loads((AUTOMATIONS / "run-pending.json").read_text())
    named = content["trigger"]["match_related"]["prefect.resource.name"]

    assert set(named) == {each.name for each in DEPLOYMENTS if each.queue == MAINTENANCE_QUEUE}


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each.name)
def test_entrypoint_leads_to_the_flow(deployment):
    module, _, function = deployment.entrypoint.rpartition(".")

    assert getattr(import_module(module), function) is deployment.flow


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each.name)
def test_flow_has_every_parameter_that_is_declared(deployment):
    schedule = deployment.schedule(CHOSEN_DAYS)
    given = {*deployment.chosen, *(schedule.parameters if schedule else {})}

    assert given <= set(inspect.signature(deployment.flow.fn).parameters)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each.name)
def test_only_flows_that_must_not_overlap_have_a_limit(deployment):
    assert (deployment.concurrency is not None) is (deployment in ALONE)


def test_scheduled_runs_do_not_pile_up_and_runs_of_people_wait():
    strategies = {each.name: each.concurrency.collision_strategy.value for each in ALONE}

    assert strategies == {
        "retention-deployment": "CANCEL_NEW",
        "retry-parked-deployment": "CANCEL_NEW",
        "backfill-deployment": "ENQUEUE",
        "redecision-deployment": "ENQUEUE",
    }


def test_retention_days_are_the_keys_of_an_environment():
    assert tuple(Retention.model_fields) == RETENTION_DAYS


def test_this_machine_serves_every_declared_deployment():
    found = served("--policy", STRICT.name)

    assert list(found) == NAMES
    for each in DEPLOYMENTS:
        local = found[each.name]
        assert local.description == each.description
        assert local.entrypoint == each.entrypoint
        assert local.parameters == each.parameters({"policy": STRICT.name})
        assert local.concurrency_limit == (each.concurrency and 1)
        strategy = local.concurrency_options and local.concurrency_options.collision_strategy
        assert strategy == (each.concurrency and each.concurrency.collision_strategy)


def test_redecision_begins_with_the_policy_of_the_environment():
    assert served("--policy", STRICT.name)[REDECISION.name].parameters == {"policy": STRICT.name}


def test_reconciliation_runs_as_often_as_the_build_parser_asks():
    (schedule,) = served("--reconcile-every", "7")[RECONCILIATION.name].schedules

    assert schedule.schedule.interval.total_seconds() == 7 * 60


def test_no_deployment_runs_by_itself_when_schedules_are_off():
    assert not any(each.schedules for each in served("--reconcile-every", "0").values())


def test_retention_counts_on_this_machine_unless_days_are_given():
    def schedule(*arguments: str) -> list:
        found = served(*arguments)[RETENTION.name].schedules
        return [(each.schedule.cron, each.parameters) for each in found or []]

    assert schedule() == [("40 0 * * *", {})]
    assert schedule("--purge-after", "30", "1826", "1826", "30") == [
        ("40 0 * * *", {**CHOSEN_DAYS, "dry_run": False})
    ]
    assert schedule("--reconcile-every", "0") == []


def test_retention_without_days_only_counts():
    assert inspect.signature(RETENTION.flow.fn).parameters["dry_run"].default is True


def test_maintenance_has_time_limits_so_that_a_run_cannot_hold_its_only_slot():
    maintenance = [each for each in DEPLOYMENTS if each.queue == MAINTENANCE_QUEUE]

    assert all(each.flow.timeout_seconds for each in maintenance)


def test_the_time_limits_that_recovery_knows_are_those_of_the_flows():
    limits = {each.flow.name: each.flow.timeout_seconds for each in DEPLOYMENTS}

    assert {name: limit for name, limit in limits.items() if limit} == LIMIT_SECONDS
