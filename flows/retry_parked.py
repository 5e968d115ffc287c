"""Retry parked uploads: start failed runs again, once the cause of their failure is fixed."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed

from flows.document_verification import document_verification
from flows.parameters import MAX_COUNT, build_failure, check_whole_number
from tasks.errors import EdgeError, InvalidInput
from tasks.record.failures import Failure, list_failures

ARTIFACT = "retry-parked"


@flow(name="retry-parked", validate_parameters=False, persist_result=False)
def retry_parked(
    which: Literal["parked", "waiting", "all"] = "parked",
    bucket: str = "",
    prefix: str = "",
    code: str = "",
    limit: int = 100,
    dry_run: bool = False,
) -> State[None]:
    """Start the uploads again that have no verdict because their runs failed.

    Each gets a run below this one, one after the other, with the engine and the policy of its
    failed run. An upload that gets its verdict disappears from `docverify parked`; one that fails
    again stays, with one more try.

    Args:
        which: `parked`: uploads that nothing retries automatically, once their cause is fixed.
            `waiting`: uploads that failed through no fault of ours and have tries left; a schedule
            may start these every few minutes. `all`: both.
        bucket: Only uploads to this bucket; empty for all.
        prefix: Only uploads whose key begins with this; empty for all.
        code: Only failures with this code, as `docverify parked` shows it; empty for all.
        limit: How many uploads at most; 0 for all.
        dry_run: Count, and start nothing.
    """
    try:
        chosen = select_failures(which, limit, bucket=bucket, prefix=prefix, code=code)
    except EdgeError as error:
        return build_failure(error)
    if dry_run is True:
        return Completed(message=f"Dry run: {len(chosen)} uploads would be started.")
    states = [retry(each) for each in chosen]
    counts = Counter(
        (each.code, str(state.name)) for each, state in zip(chosen, states, strict=True)
    )
    table = [{"was": was, "is": name, "uploads": n} for (was, name), n in sorted(counts.items())]
    failed = sum(state.is_failed() for state in states)
    noun = "upload" if len(states) == 1 else "uploads"
    message = (
        f"Retried {len(states)} {noun}: {len(states) - failed} succeeded, {failed} failed again."
    )
    create_table_artifact(table, key=ARTIFACT, description=message)
    return Completed(message=message)


def select_failures(
    which: str, limit: int, *, bucket: str, prefix: str, code: str
) -> list[Failure]:
    """Return the failed uploads to retry; raise SetupError for an invalid parameter."""
    if which not in ("parked", "waiting", "all"):
        raise InvalidInput("the parameter which must be parked, waiting or all")
    most = check_whole_number("limit", limit, most=MAX_COUNT)
    found = [
        each
        for each in list_failures()
        if which in ("all", "waiting" if each.parked_at is None else "parked")
        and bucket in ("", each.bucket)
        and each.key.startswith(prefix)
        and code in ("", each.code)
    ]
    return found[: most or None]


def retry(failure: Failure) -> State[State[None]]:
    """Start a failed upload again, in a run below this one."""
    return document_verification(
        bucket=failure.bucket,
        key=failure.key,
        version_id=failure.version_id,
        etag=failure.etag,
        engine=failure.engine,
        policy=failure.policy_name,
        return_state=True,
    )
