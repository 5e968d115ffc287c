"""Stale runs: what nothing executes any more is ended, whoever started it, and holds nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.states import Cancelling, Completed, Paused, Pending, Running, Scheduled
from sqlalchemy import update

from docverify.page import Engine
from docverify.policy import STANDARD
from services.worker.pool import create_pool
from tasks.record.claims import Claim, ClaimedElsewhere, claim_document
from tasks.record.failures import list_failures
from tasks.record.tables import claims
from tasks.s3 import File, Upload
from tasks.signs_of_life import WarmWorkers, name_executor
from tasks.stale_runs import (
    Patience,
    cancel_missed_schedules,
    end_if_unchanged,
    end_stale_runs,
    explain_stale_document,
    list_active_uploads,
)
from tests.support.events import send_heartbeats

VERIFICATION = "document-verification"
BACKFILL = "backfill"
MAINTENANCE = ("retention", "retry-parked", "daily-report")
WARM = "document-verification on a warm worker"


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_CLAIM_WAIT", "0")


@dataclass
class Environment:
    """Deployments of an environment of its own, on a pool of its own."""

    client: SyncPrefectClient
    pool: str
    deployments: dict[str, UUID]
    runs: list[UUID] = field(default_factory=list)

    def run(self, state, flow: str = VERIFICATION, **parameters) -> UUID:
        run = self.client.create_flow_run_from_deployment(
            self.deployments[flow], parameters=parameters, state=Scheduled()
        )
        self.runs.append(run.id)
        if state.is_cancelling():  # Prefect cancels a run at once that has not started.
            self.client.set_flow_run_state(run.id, Running(), force=True)
        if not state.is_scheduled():
            self.client.set_flow_run_state(run.id, state, force=True)
        return run.id

    def state(self, run: UUID):
        return self.client.read_flow_run(run).state

    def end_stale_runs(self, **later) -> list[UUID]:
        """Return its own runs that were ended: other tests may leave theirs on this server."""
        now = datetime.now(UTC) + timedelta(**later)
        ended = end_stale_runs(self.client, now, Patience(second_look=timedelta(0)))
        return [each.run_id for each in ended if each.run_id in self.runs]


@pytest.fixture(name="environment")
def _environment(monkeypatch):
    suffix = f"-{uuid4().hex[:8]}"
    monkeypatch.setenv("DOCVERIFY_DEPLOYMENT_SUFFIX", suffix)
    with get_client(sync_client=True) as client:
        pool = f"stale{suffix}"
        client.create_work_pool(WorkPoolCreate(name=pool, type="process", concurrency_limit=2))
        deployments = {
            flow: client.create_deployment(
                client.create_flow_from_name(flow),
                f"{flow}-deployment{suffix}",
                work_pool_name=pool,
            )
            for flow in (VERIFICATION, BACKFILL, *MAINTENANCE)
        }
        yield Environment(client, pool, deployments)
        client.delete_work_pool(pool)


@pytest.mark.parametrize("flow", [VERIFICATION, BACKFILL])
def test_run_that_never_starts_is_ended_with_the_cause(environment, flow):
    run = environment.run(Pending(), flow)

    assert environment.end_stale_runs(minutes=29) == []
    assert environment.end_stale_runs(minutes=31) == [run]
    state = environment.state(run)
    assert state.is_crashed()
    assert "Pending for 31 minutes and not started" in state.message


def test_run_that_changed_since_it_was_listed_is_left(environment):
    begun, deleted = environment.run(Pending()), environment.run(Pending())
    listed = [
        environment.client.request("GET", f"/flow_runs/{run}").json() for run in (begun, deleted)
    ]
    environment.client.set_flow_run_state(begun, Running(), force=True)
    environment.client.delete_flow_run(deleted)

    assert [end_if_unchanged(environment.client, each, "old") for each in listed] == [False, False]
    assert environment.state(begun).is_running()


def test_document_that_runs_longer_than_it_may_is_ended(environment):
    run = environment.run(Running())

    assert environment.end_stale_runs(minutes=15) == []
    assert environment.end_stale_runs(minutes=17) == [run]
    assert "its process or container is gone" in environment.state(run).message


@pytest.mark.parametrize(("flow", "minutes"), list(zip(MAINTENANCE, (60, 60, 15), strict=True)))
def test_maintenance_that_runs_longer_than_it_may_is_ended(environment, flow, minutes):
    run, now = environment.run(Running(), flow), datetime.now(UTC)
    # A process that hangs goes on sending heartbeats.
    send_heartbeats(run, now, now + timedelta(minutes=minutes))

    assert environment.end_stale_runs(minutes=minutes) == []
    assert environment.end_stale_runs(minutes=minutes + 2) == [run]
    assert f"although a run may take {minutes} minutes" in environment.state(run).message


def test_document_below_a_run_that_died_is_ended(environment):
    flow_id = environment.client.create_flow_from_name(VERIFICATION)
    body = {"flow_id": str(flow_id), "state": {"type": "RUNNING"}, "parameters": {}}
    run = UUID(environment.client.request("POST", "/flow_runs/", json=body).json()["id"])

    environment.end_stale_runs(minutes=17)

    assert environment.state(run).is_crashed()


@pytest.mark.parametrize(
    ("seconds", "minutes"), [pytest.param(180, 15, marks=pytest.mark.slow), (600, 50)]
)
def test_long_run_is_ended_once_its_heartbeats_stop(environment, seconds, minutes):
    run, now = environment.run(Running(), BACKFILL), datetime.now(UTC)
    send_heartbeats(run, now - timedelta(seconds=seconds), now)
    send_heartbeats(uuid4(), now + timedelta(minutes=minutes / 2))

    assert environment.end_stale_runs(minutes=minutes - 1) == []
    assert environment.end_stale_runs(minutes=minutes + 1) == [run]
    found = environment.state(run).message
    assert f"without a sign of life for {minutes + 1} minutes" in found


# Days between two heartbeats, and when other runs are heard, in heartbeats. The days differ so that
# no test sees the events of another one.
@pytest.mark.parametrize(
    ("days", "heard"),
    [
        pytest.param(1, (), id="never"),
        pytest.param(6, (1,), id="just before the outage", marks=pytest.mark.slow),
        pytest.param(36, (5.5,), id="just after the outage", marks=pytest.mark.slow),
        pytest.param(170, (1, 5.5), id="before and after the outage"),
    ],
)
def test_run_is_not_stale_while_prefect_received_events_of_no_run(environment, days, heard):
    run, now, interval = environment.run(Running(), BACKFILL), datetime.now(UTC), timedelta(days)
    send_heartbeats(run, now - interval, now)
    for each in heard:
        send_heartbeats(uuid4(), now + each * interval)

    assert environment.end_stale_runs(days=6 * days) == []


def test_run_that_stays_silent_after_an_outage_of_events_is_ended_at_the_next_look(environment):
    run, now, days = environment.run(Running(), BACKFILL), datetime.now(UTC), 13
    send_heartbeats(run, now - timedelta(days), now)
    assert environment.end_stale_runs(days=6 * days) == []

    send_heartbeats(uuid4(), now + timedelta(4.3 * days))

    assert environment.end_stale_runs(days=7 * days) == [run]


def test_long_run_without_heartbeats_is_ended_after_hours_without_a_step(environment):
    run, now = environment.run(Running(), BACKFILL), datetime.now(UTC)
    send_heartbeats(uuid4(), now + timedelta(hours=4))

    assert environment.end_stale_runs(hours=5, minutes=59) == []
    assert environment.end_stale_runs(hours=6, minutes=1) == [run]


def test_run_of_a_warm_worker_that_is_gone_is_ended_before_its_time(environment):
    client, pool = environment.client, f"warm-{uuid4().hex[:8]}"
    create_pool(client, pool)
    body = {"name": "warm-1", "heartbeat_interval_seconds": 30}
    client.request("POST", f"/work_pools/{pool}/workers/heartbeat", json=body)
    environment.deployments[WARM] = client.create_deployment(
        client.create_flow_from_name(VERIFICATION),
        client.read_deployment(environment.deployments[VERIFICATION]).name,
        work_pool_name=pool,
    )
    run = environment.run(Scheduled(), WARM)
    client.update_flow_run(run, infrastructure_pid=name_executor("warm-1", 4711))
    client.set_flow_run_state(run, Running(), force=True)

    assert environment.end_stale_runs(minutes=4) == []
    assert environment.end_stale_runs(minutes=6) == [run]
    assert "its host or container is gone" in environment.state(run).message


class AnsweringPool:
    """Answers with the next of some lists of workers."""

    def __init__(self, *heartbeats: datetime) -> None:
        self.answers = [[SimpleNamespace(name="w", last_heartbeat_time=at)] for at in heartbeats]

    def read_workers_for_work_pool(self, pool, limit):
        return self.answers.pop(0)


@pytest.mark.parametrize(("second", "is_stale"), [(0, False), (9, True)])
def test_worker_that_is_heard_again_after_an_outage_of_prefect_is_not_gone(second, is_stale):
    now = datetime.now(UTC)
    ago = [now - timedelta(minutes=minutes) for minutes in (9, second)]
    state = {"type": "RUNNING", "timestamp": (now - timedelta(minutes=12)).isoformat()}
    run = {"state": state, "infrastructure_pid": name_executor("w", 1), "work_pool_name": "p"}

    found = explain_stale_document(
        run, WarmWorkers(AnsweringPool(*ago)), now, Patience(second_look=timedelta(0))
    )

    assert bool(found) is is_stale


def test_cancellation_that_nobody_carries_out_is_completed(environment):
    run = environment.run(Cancelling(), BACKFILL)

    assert environment.end_stale_runs(minutes=16) == [run]
    assert environment.state(run).is_cancelled()


@pytest.mark.parametrize("state", [Completed(), Paused(), Scheduled()])
def test_run_that_ended_or_waits_is_left_alone(environment, state):
    run = environment.run(state, BACKFILL)

    assert environment.end_stale_runs(hours=12) == []
    assert environment.state(run).type is state.type


def test_runs_of_another_environment_are_left_alone(environment, monkeypatch):
    run = environment.run(Running())

    monkeypatch.setenv("DOCVERIFY_DEPLOYMENT_SUFFIX", "-other")

    assert environment.end_stale_runs(hours=12) == []
    assert environment.state(run).is_running()


def test_slots_that_dead_runs_hold_are_free_again(environment):
    dead = {environment.run(Running()), environment.run(Pending())}
    waiting = environment.run(Scheduled())

    def given_out() -> list[UUID]:
        given = environment.client.get_scheduled_flow_runs_for_work_pool(environment.pool)
        return [each.flow_run.id for each in given]

    assert given_out() == []
    assert set(environment.end_stale_runs(minutes=31)) == dead
    assert given_out() == [waiting]


@pytest.fixture(name="claim")
def _claim(database) -> Callable[[UUID], Upload]:
    """A function that claims a new document for a run, some minutes ago."""

    def claim(run: UUID) -> Upload:
        upload = Upload("documents", f"inbox/{uuid4()}", "v1", "e")
        assert isinstance(try_to_claim(upload, run), Claim)
        with database.begin() as connection:
            ago = datetime.now(UTC) - timedelta(minutes=2)
            connection.execute(update(claims).filter_by(flow_run_id=run).values(claimed_at=ago))
        return upload

    return claim


def try_to_claim(upload: Upload, run: UUID):
    file = File(b"x", upload.key, 1, "v1", None, "e")
    return claim_document.fn(upload, file, Engine.LOCAL, STANDARD, run)


def failures_of(upload: Upload) -> list[tuple[str, int]]:
    return [(each.fault, each.tries) for each in list_failures() if each.key == upload.key]


def test_document_of_a_stale_run_is_free_at_once_and_counts_a_death(environment, claim):
    upload = claim(environment.run(Running()))
    assert isinstance(try_to_claim(upload, uuid4()), ClaimedElsewhere)

    environment.end_stale_runs(minutes=17)

    assert failures_of(upload) == [("died", 1)]
    assert isinstance(try_to_claim(upload, uuid4()), Claim)


def test_document_of_a_cancelled_run_is_free_at_once_and_counts_no_death(environment, claim):
    upload = claim(environment.run(Cancelling()))

    environment.end_stale_runs(minutes=16)

    assert failures_of(upload) == []
    assert isinstance(try_to_claim(upload, uuid4()), Claim)


def test_document_of_a_living_or_an_unknown_run_stays_claimed(environment, claim):
    living, unknown = claim(environment.run(Running())), claim(uuid4())

    environment.end_stale_runs(minutes=0)

    for upload in (living, unknown):
        assert isinstance(try_to_claim(upload, uuid4()), ClaimedElsewhere)


def test_stale_runs_are_not_under_way(environment):
    uploads = {name: f"inbox/{uuid4()}" for name in ("running", "pending", "late", "encoded")}
    environment.run(Running(), bucket="b", key=uploads["running"], version_id="1")
    environment.run(Pending(), bucket="b", key=uploads["pending"])
    environment.run(Scheduled(), bucket="b", key=uploads["late"])
    environment.run(
        Scheduled(),
        bucket="b",
        key="a+b",
        url_encoded=True,
        more=[{"bucket": "b", "key": uploads["encoded"]}, {"bucket": "c", "key": "x"}, 7],
    )

    def active(**later) -> set[tuple[str, str]]:
        now = datetime.now(UTC) + timedelta(**later)
        return set(list_active_uploads(environment.client, "b", now))

    waiting = {(uploads["late"], ""), ("a b", ""), (uploads["encoded"], "")}
    assert active() == {(uploads["running"], "1"), (uploads["pending"], ""), *waiting}
    assert active(minutes=17) == {(uploads["pending"], ""), *waiting}
    assert active(minutes=31) == waiting
    assert active(hours=25) == set()


def test_only_the_newest_of_the_missed_schedules_is_left(environment):
    client, deployment = environment.client, environment.deployments[BACKFILL]
    now, tags = datetime.now(UTC), ["auto-scheduled"]
    runs = [
        client.create_flow_run_from_deployment(
            deployment, tags=tags, state=Scheduled(scheduled_time=now + timedelta(minutes=minutes))
        ).id
        for minutes in (-45, -30, -15, 30)
    ]
    by_hand = environment.run(Scheduled(), BACKFILL)

    assert cancel_missed_schedules(client, now) == 2

    kept = [run for run in (*runs, by_hand) if environment.state(run).is_scheduled()]
    assert kept == [*runs[2:], by_hand]
    assert cancel_missed_schedules(client, now) == 0
