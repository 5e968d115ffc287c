"""What runs by itself, and with which parameters: nothing is purged that nobody chose days for."""

import inspect

import pytest

from deploy.aws.environment import Environment
from deploy.aws.steps.deployments import DEPLOYMENTS
from deploy.serve import DAYS, _operation, _parser
from flows.retention import retention
from flows.retry_parked import retry_parked

CHOSEN = dict(zip(DAYS, (30, 1826, 1826, 30), strict=True))
LINE = "{ picture_days = 30, verified_days = 1826, rejected_days = 1826, resubmit_days = 30 }"


def schedules(prefect, suffix: str) -> dict[str, list[tuple[str, dict]]]:
    """Each deployment of an environment with the times and parameters of its schedule."""
    found = {}
    for each in DEPLOYMENTS:
        name = f"{each.load().name}/{each.name}{suffix}"
        deployment = prefect.read_deployment_by_name(name)
        found[each.name] = [(s.schedule.cron, s.parameters) for s in deployment.schedules]
    return found


def test_without_chosen_days_the_nightly_retention_only_counts(
    run, environment_file, name, prefect
):
    code, output = run(environment_file(name))
    assert code == 0, output

    found = schedules(prefect, f"-{name}")

    assert found["retention-deployment"] == [("40 0 * * *", {})]
    assert inspect.signature(retention.fn).parameters["dry_run"].default is True
    assert found["retry-parked-deployment"] == [("*/20 * * * *", {"which": "waiting"})]
    assert {each for each, times in found.items() if times} == {
        *("reconciliation-deployment", "daily-report-deployment"),
        *("retention-deployment", "retry-parked-deployment"),
    }


def test_the_days_of_the_environment_are_purged_after_each_night_and_can_be_taken_back(
    run, environment_file, name, prefect
):
    code, output = run(environment_file(name, retention=LINE))
    assert code == 0, output
    purging = [("40 0 * * *", {**CHOSEN, "dry_run": False})]
    assert schedules(prefect, f"-{name}")["retention-deployment"] == purging

    code, output = run(environment_file(name))

    assert "deployments" in output
    assert schedules(prefect, f"-{name}")["retention-deployment"] == [("40 0 * * *", {})]


def test_some_days_without_the_others_are_no_choice():
    given = {"name": "staging", "region": "eu-west-1", "retention": {"picture_days": 30}}

    with pytest.raises(ValueError, match="verified_days"):
        Environment.model_validate(given)


def test_the_days_are_parameters_of_the_flow():
    assert set(DAYS) < set(inspect.signature(retention.fn).parameters)
    assert "which" in inspect.signature(retry_parked.fn).parameters


def served(*arguments: str):
    options = _parser().parse_args(arguments)
    days = dict(zip(DAYS, options.purge_after, strict=True)) if options.purge_after else None
    deployments = _operation("standard", every=options.reconcile_every, days=days)
    (found,) = (each for each in deployments if each.name == "retention-deployment")
    return [(each.schedule.cron, each.parameters) for each in found.schedules or []]


def test_on_this_machine_too_retention_counts_unless_days_are_given():
    assert served() == [("40 0 * * *", {})]
    assert served("--purge-after", "30", "1826", "1826", "30") == [
        ("40 0 * * *", {**CHOSEN, "dry_run": False})
    ]
    assert served("--reconcile-every", "0") == []


def test_no_day_is_too_few():
    with pytest.raises(SystemExit):
        _parser().parse_args(["--purge-after", "0", "1", "1", "1"])
