"""The policies on record, and which of them is at least as strict as which.

The database compares the verdicts of a document by these rows: see `find_overruling_verdict` in the
migrations.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from docverify.policy import Policy
from docverify.policy_file import restore_policy
from docverify.strictness import is_at_least_as_strict
from docverify.thresholds import PolicyError
from tasks.errors import SetupError
from tasks.record.tables import policy_strictness, policy_versions

LOCK = "docverify.policies"


def record_policy(connection: Connection, policy: Policy) -> None:
    """Record a policy that is used for the first time, and compare it with all others on record."""
    digest = policy.content_sha256
    known = select(policy_versions.c.digest).filter_by(digest=digest)
    if connection.scalar(known):
        return
    # Two new policies at once would not see each other, and would never be compared.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(LOCK, 0))))
    others = read_policies(connection)
    connection.execute(
        insert(policy_versions)
        .values(
            digest=digest, name=policy.name, version=policy.version, content=dict(policy.content)
        )
        .on_conflict_do_nothing()
    )
    pairs = [pair for other in others for pair in ((policy, other), (other, policy))]
    _insert_strictness(connection, pairs)


def compare_policies(connection: Connection) -> None:
    """Compare all policies on record again, because the checks that they name may have changed."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(LOCK, 0))))
    known = read_policies(connection)
    connection.execute(delete(policy_strictness))
    _insert_strictness(connection, [(one, other) for one in known for other in known])


def read_policies(connection: Connection) -> list[Policy]:
    """Read the policies on record, without those that this version cannot use any more."""
    found = []
    for row in connection.execute(select(policy_versions.c.digest, policy_versions.c.content)):
        try:
            policy = restore_policy(row.content)
        except PolicyError:
            continue
        # Another digest: this version would decide by other values than the row names.
        if policy.content_sha256 == row.digest:
            found.append(policy)
    return found


def _insert_strictness(connection: Connection, pairs: Iterable[tuple[Policy, Policy]]) -> None:
    rows = [
        {"stricter": one.content_sha256, "weaker": other.content_sha256}
        for one, other in pairs
        if one is not other and is_at_least_as_strict(one, other)
    ]
    if rows:
        connection.execute(insert(policy_strictness).on_conflict_do_nothing(), rows)


def read_recorded_policy(connection: Connection, verdict: Row[Any]) -> Policy:
    """Return the policy of a verdict, as it was then.

    Raise SetupError if it was not kept, or if this version cannot use it any more.
    """
    content = connection.scalar(
        select(policy_versions.c.content).filter_by(digest=verdict.policy_digest)
    )
    try:
        return restore_policy(content or {})
    except (PolicyError, TypeError):
        raise SetupError(
            f"the policy {verdict.policy_name} {verdict.policy_version} is not on record in a form "
            "that this version can use"
        ) from None
