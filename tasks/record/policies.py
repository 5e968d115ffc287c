"""The policies on record, and the pairs in which one is at least as strict as the other.

The database compares the verdicts of a document by these rows: see `find_overruling_verdict` in the
migrations.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from docverify.policy import POLICIES, Policy
from docverify.policy_file import restore_policy
from docverify.strictness import is_at_least_as_strict
from docverify.threshold_types import PolicyError
from tasks.errors import SetupError
from tasks.record.tables import policy_strictness, policy_versions

LOCK = "docverify.policies"
NOT_COMPARED = (
    "The policy %s %s is new, and only the owner of the tables may compare it with the others: "
    "until `python -m tasks.migrations` has done so, it counts as weaker than each of them."
)

logger = logging.getLogger("docverify.policies")


def record_policy(connection: Connection, policy: Policy) -> None:
    """Record a policy that is used for the first time, and compare it with all others on record.

    Without the right to compare policies, which only the owner of the tables has, it is recorded
    only, and counts as weaker than the others until the next migration compares it.
    """
    digest = policy.content_sha256
    known = select(policy_versions.c.digest).filter_by(digest=digest)
    if connection.scalar(known):
        return
    # Two new policies at the same time would not see each other and would never be compared.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(LOCK, 0))))
    others = read_policies(connection)
    _insert_policy(connection, policy)
    if connection.scalar(text("SELECT has_table_privilege('policy_strictness', 'INSERT')")):
        pairs = [pair for other in others for pair in ((policy, other), (other, policy))]
        _insert_strictness(connection, pairs)
    elif others:
        logger.warning(NOT_COMPARED, policy.name, policy.version)


def compare_policies(connection: Connection) -> None:
    """Compare the presets and all policies on record again.

    A migration does so, because the checks that they name may have changed, and because programs
    that are not the owner of the tables may only record a policy.
    """
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(LOCK, 0))))
    for preset in POLICIES.values():
        _insert_policy(connection, preset)
    known = read_policies(connection)
    connection.execute(delete(policy_strictness))
    _insert_strictness(connection, [(one, other) for one in known for other in known])


def read_policies(connection: Connection) -> list[Policy]:
    """Read the policies on record, except those that this version can no longer use."""
    found = []
    for row in connection.execute(select(policy_versions.c.digest, policy_versions.c.content)):
        try:
            policy = restore_policy(row.content)
        except PolicyError:
            continue
        # The digest differs: this version would decide by other values than those of the row.
        if policy.content_sha256 == row.digest:
            found.append(policy)
    return found


def _insert_policy(connection: Connection, policy: Policy) -> None:
    values = {"digest": policy.content_sha256, "name": policy.name, "version": policy.version}
    connection.execute(
        insert(policy_versions)
        .values(**values, content=dict(policy.content))
        .on_conflict_do_nothing()
    )


def _insert_strictness(connection: Connection, pairs: Iterable[tuple[Policy, Policy]]) -> None:
    rows = [
        {"stricter": one.content_sha256, "weaker": other.content_sha256}
        for one, other in pairs
        if one is not other and is_at_least_as_strict(one, other)
    ]
    if rows:
        connection.execute(insert(policy_strictness).on_conflict_do_nothing(), rows)


def read_recorded_policy(connection: Connection, verdict: Row[Any]) -> Policy:
    """Return the policy of a verdict as it was at that time.

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
