"""The step `deployments`: what Prefect has after it, and which differences it finds."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from prefect.client.schemas.actions import DeploymentUpdate, GlobalConcurrencyLimitUpdate

from deploy.prefect_objects.deployments import (
    DEPLOYMENTS,
    RECONCILIATION,
    REDECISION,
    RETENTION,
    RETENTION_DAYS,
    RETRY_PARKED,
)
from services.worker.queues import MAINTENANCE_QUEUE, MAINTENANCE_RUNS
from tests.deploy.conftest import write_environment
from tests.support.deployed import changed_steps

CHOSEN_DAYS = dict(zip(RETENTION_DAYS, (30, 1826, 1826, 30), strict=True))
LINE = "{ picture_days = 30, verified_days = 1826, rejected_days = 1826, resubmit_days = 30 }"


def read(prefect, deployment, environment: str):
    name = f"{deployment.flow.name}/{deployment.name}-{environment}"
    return prefect.read_deployment_by_name(name)


@pytest.fixture
def deploy(run, environment_file, name) -> Callable[..., str]:
    """Return a function that deploys the flows alone, and returns what the script printed."""

    def deploy_flows(*arguments: str, **settings: str) -> str:
        file, shown = environment_file(name, pool='"process"', **settings), ""
        for step in ("pool", "deployments"):
            code, output = run(file, "--only", step, *arguments)
            assert code == 0, output
            shown += output
        return shown

    return deploy_flows


@pytest.fixture(scope="module")
def deployed(run_of_module, tmp_path_factory) -> str:
    """Return the name of an environment with its own queue and policy, which tests only read."""
    name, folder = f"t{uuid4().hex[:8]}", tmp_path_factory.mktemp("deployed")
    settings = {"queue": '"fast"', "concurrency": "7", "policy": '"strict"'}
    file = write_environment(folder, name, pool='"process"', **settings)
    for step in ("pool", "deployments"):
        code, output = run_of_module(file, "--only", step)
        assert code == 0, output
    return name


def schedules(prefect, environment: str) -> dict[str, list[tuple[str, dict]]]:
    """Times and parameters of each deployment's schedule."""
    return {
        each.name: [
            (found.schedule.cron, found.parameters)
            for found in read(prefect, each, environment).schedules
        ]
        for each in DEPLOYMENTS
    }


def test_only_scheduled_flows_run_by_themselves_and_retention_only_counts(deployed, prefect):
    found = schedules(prefect, deployed)

    assert {each: times for each, times in found.items() if times} == {
        "reconciliation-deployment": [("*/15 * * * *", {})],
        "retention-deployment": [("40 0 * * *", {})],
        "retry-parked-deployment": [("*/20 * * * *", {"which": "due"})],
        "daily-report-deployment": [("5 0 * * *", {})],
    }


@pytest.mark.slow
def test_retention_purges_after_the_environments_days_until_they_are_taken_out(
    deploy, name, prefect
):
    deploy(retention=LINE)
    purging = [("40 0 * * *", {**CHOSEN_DAYS, "dry_run": False})]
    assert schedules(prefect, name)["retention-deployment"] == purging

    assert changed_steps(deploy()) == ["deployments"]
    assert schedules(prefect, name)["retention-deployment"] == [("40 0 * * *", {})]


def test_maintenance_never_overlaps_with_itself(deployed, prefect):
    for each in DEPLOYMENTS:
        found = read(prefect, each, deployed)
        limit, options = found.global_concurrency_limit, found.concurrency_options
        wanted = each.concurrency
        assert (limit and limit.limit) == (wanted and 1)
        assert (options and options.collision_strategy) == (wanted and wanted.collision_strategy)
    assert read(prefect, REDECISION, deployed).parameters == {"policy": "strict"}


def test_maintenance_has_slots_that_documents_cannot_take(deployed, prefect):
    pool = f"document-verification-pool-{deployed}"
    assert prefect.read_work_pool(pool).concurrency_limit == 7 + MAINTENANCE_RUNS
    for queue, limit in (("fast", 7), (MAINTENANCE_QUEUE, MAINTENANCE_RUNS)):
        found = prefect.read_work_queue_by_name(queue, work_pool_name=pool)
        assert found.concurrency_limit == limit
    queues = {each: read(prefect, each, deployed).work_queue_name for each in DEPLOYMENTS}
    assert queues[RECONCILIATION] == queues[RETENTION] == queues[RETRY_PARKED] == MAINTENANCE_QUEUE
    assert queues[DEPLOYMENTS[0]] == "fast"


@pytest.mark.slow
def test_changed_concurrency_limit_is_reported_and_brought_back(deploy, name, prefect):
    deploy()
    raised, removed = (read(prefect, each, name) for each in (RETENTION, RETRY_PARKED))
    prefect.update_global_concurrency_limit(
        raised.global_concurrency_limit.name, GlobalConcurrencyLimitUpdate(limit=5)
    )
    prefect.update_deployment(removed.id, DeploymentUpdate(concurrency_limit=None))
    unlimited = read(prefect, DEPLOYMENTS[0], name)
    prefect.update_deployment(unlimited.id, DeploymentUpdate(concurrency_limit=3))

    output = deploy("--dry-run")
    wrong = ("document-verification", "retention", "retry-parked")
    for each in wrong:
        assert f"{each}-deployment: concurrency limit" in output
    assert "redecision" not in output

    deploy()
    assert read(prefect, RETRY_PARKED, name).global_concurrency_limit.limit == 1
    assert read(prefect, DEPLOYMENTS[0], name).global_concurrency_limit is None
    assert read(prefect, RETENTION, name).global_concurrency_limit.limit == 1

    assert deploy().count("Nothing to do.") == 2
