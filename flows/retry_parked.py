"""Uploads whose runs failed, started again once what kept them was mended."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed, Failed

from flows.document_verification import document_verification
from tasks.errors import EdgeError, SetupError
from tasks.record.failures import Failure, failures_on_record

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

    Each gets a run below this one, one after the other, with the engine and the policy that it was
    asked for. What gets its verdict is no longer listed by `docverify parked`; what fails again
    stays, with one try more.

    Args:
        which: `parked`: what nothing tries any more by itself, once the reason was mended.
            `waiting`: what failed by no fault of ours and was not tried often enough yet; a
            schedule may do so every few minutes. `all`: both.
        bucket: Only uploads to this bucket; empty for all.
        prefix: Only uploads whose key begins so; empty for all.
        code: Only failures with this code, as `docverify parked` shows it; empty for all.
        limit: At most so many uploads; 0 for all.
        dry_run: Count, and start nothing.
    """
    try:
        chosen = _chosen(which, limit, bucket=bucket, prefix=prefix, code=code)
    except EdgeError as error:
        return Failed(message=str(error))
    if dry_run is True:
        return Completed(message=f"Dry run: {len(chosen)} uploads would be started.")
    states = [_started(each) for each in chosen]
    counts = Counter(
        (each.code, str(state.name)) for each, state in zip(chosen, states, strict=True)
    )
    table = [{"was": was, "is": name, "uploads": n} for (was, name), n in sorted(counts.items())]
    failed = sum(state.is_failed() for state in states)
    message = f"{len(states) - failed} of {len(states)} uploads no longer fail."
    create_table_artifact(table, key=ARTIFACT, description=message)
    return Completed(message=message)


def _chosen(which: str, limit: int, *, bucket: str, prefix: str, code: str) -> list[Failure]:
    if which not in ("parked", "waiting", "all"):
        raise SetupError("the parameter which must be parked, waiting or all")
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise SetupError("the parameter limit must be a whole number from 0, which is for all")
    found = [
        each
        for each in failures_on_record()
        if which in ("all", "waiting" if each.parked_at is None else "parked")
        and bucket in ("", each.bucket)
        and each.key.startswith(prefix)
        and code in ("", each.code)
    ]
    return found[: limit or None]


def _started(failure: Failure) -> State[State[None]]:
    return document_verification(
        bucket=failure.bucket,
        key=failure.key,
        version_id=failure.version_id,
        etag=failure.etag,
        engine=failure.engine,
        policy=failure.policy_name,
        return_state=True,
    )
