"""Retry parked uploads: start failed runs again, once the cause of their failure is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed

from flows.document_verification import document_verification
from flows.parameters import MAX_COUNT, build_failure, check_whole_number
from tasks.errors import EdgeError, InvalidInput, is_run_over
from tasks.record.claims import RUN_SECONDS
from tasks.record.failures import Failure, list_failures
from tasks.run_labels import show_key
from tasks.run_limits import LIMIT_SECONDS

ARTIFACT = "retry-parked"
MAX_LISTED = 1_000
MAX_IN_A_ROW = 3
"""Failures with the same reason after which a schedule stops."""


@flow(
    name="retry-parked",
    validate_parameters=False,
    persist_result=False,
    timeout_seconds=LIMIT_SECONDS["retry-parked"],
)
def retry_parked(
    which: Literal["parked", "waiting", "due", "all"] = "parked",
    bucket: str = "",
    prefix: str = "",
    code: str = "",
    limit: int = 100,
    dry_run: bool = False,
) -> State[None]:
    """Start uploads again that have no verdict because their runs failed.

    This run starts a run for each, one after the other, with the engine and the policy of its
    failed run, for up to an hour; then another run of this flow continues. An upload that gets its
    verdict disappears from `docverify parked`; one that fails again stays, with one more try.

    Args:
        which: `parked`: uploads that nothing retries automatically, once their cause is fixed.
            `waiting`: uploads that failed through no fault of ours and have tries left. `due`:
            those of them whose pause has ended; a schedule starts these every few minutes, and
            stops after three in a row with the same cause, because the cause persists. `all`:
            parked and waiting.
        bucket: Only uploads to this bucket; empty for all.
        prefix: Only uploads whose key begins with this; empty for all.
        code: Only failures with this code, as `docverify parked` shows it; empty for all.
        limit: How many uploads at most; 0 for all.
        dry_run: Only count.
    """
    try:
        chosen = select_failures(which, limit, bucket=bucket, prefix=prefix, code=code)
    except EdgeError as error:
        return build_failure(error)
    if dry_run is True:
        noun = "upload" if len(chosen) == 1 else "uploads"
        message = f"Dry run: {len(chosen)} {noun} would be started."
        table = [build_row(each) for each in chosen[:MAX_LISTED]]
        create_table_artifact(table, key=ARTIFACT, description=message)
        return Completed(message=message)
    states = retry_all(chosen, most_in_a_row=MAX_IN_A_ROW if which == "due" else len(chosen))
    failed = sum(state.is_failed() for state in states)
    noun = "upload" if len(states) == 1 else "uploads"
    message = (
        f"Retried {len(states)} {noun}: {len(states) - failed} succeeded, {failed} failed again."
    )
    if left := len(chosen) - len(states):
        is_over = is_run_over(RUN_SECONDS)
        reason = "this run reached its time limit" if is_over else "the cause persists"
        message += f" {left} were left for later, because {reason}."
    retried = list(zip(chosen, states, strict=False))[:MAX_LISTED]
    table = [build_row(each, state) for each, state in retried]
    create_table_artifact(table, key=ARTIFACT, description=message)
    return Completed(message=message)


def retry_all(chosen: Sequence[Failure], most_in_a_row: int) -> list[State[State[None]]]:
    """Retry uploads one after the other; stop after this many in a row with the same reason.

    They all wait for the same service, so the rest would only delay this run. An upload that may
    take longer than this run is not started.
    """
    states: list[State[State[None]]] = []
    for each in chosen:
        if is_run_over(RUN_SECONDS):
            break
        last = states[-most_in_a_row:]
        is_same = len({(state.is_failed(), state.message) for state in last}) == 1
        if len(last) == most_in_a_row and is_same and last[-1].is_failed():
            break
        states.append(retry(each))
    return states


def build_row(failure: Failure, state: State[State[None]] | None = None) -> dict[str, str | int]:
    """Return an upload, why it failed, and the result of its new run, as a row of a table."""
    row: dict[str, str | int] = {
        "upload": show_key(f"{failure.bucket}/{failure.key}"),
        "tries": failure.tries,
        "was": f"{failure.fault} {failure.code}".strip(),
    }
    if state is None:
        return row
    return row | {
        "is": str(state.name),
        "message": state.message or "",
        "run": f"/runs/flow-run/{state.state_details.flow_run_id}",
    }


def select_failures(
    which: str, limit: int, *, bucket: str, prefix: str, code: str
) -> list[Failure]:
    """Return the failed uploads to retry; raise SetupError for an invalid parameter."""
    if which not in ("parked", "waiting", "due", "all"):
        raise InvalidInput("the parameter which must be parked, waiting, due or all")
    most, now = check_whole_number("limit", limit, most=MAX_COUNT), datetime.now(UTC)
    found = [
        each
        for each in list_failures()
        if is_chosen(each, which, now)
        and bucket in ("", each.bucket)
        and each.key.startswith(prefix)
        and code in ("", each.code)
    ]
    return found[: most or None]


def is_chosen(failure: Failure, which: str, now: datetime) -> bool:
    """Return whether an upload is one of the parked, waiting or due ones, or of all."""
    if failure.parked_at:
        return which in ("all", "parked")
    is_due = failure.retry_at is None or failure.retry_at <= now
    return which in ("all", "waiting") or (which == "due" and is_due)


def retry(failure: Failure) -> State[State[None]]:
    """Start a failed upload again, in a new run started by this one."""
    return document_verification(
        bucket=failure.bucket,
        key=failure.key,
        version_id=failure.version_id,
        etag=failure.etag,
        engine=failure.engine,
        policy=failure.policy_name,
        return_state=True,
    )
