"""People at the desk: who they are, and what each role may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """The roles of the desk; a person may have several."""

    REVIEWER = "reviewer"  # decides documents of the queue
    SUPERVISOR = "supervisor"  # also decides them, and sees the statistics
    AUDITOR = "auditor"  # sees documents, statistics and who looked at what, and decides nothing


class Right(StrEnum):
    """A right that a page of the desk needs."""

    SEE = "see documents"
    DECIDE = "decide documents"
    COUNT = "see statistics"
    AUDIT = "see who looked at what"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.REVIEWER: frozenset({Right.SEE, Right.DECIDE}),
    Role.SUPERVISOR: frozenset({Right.SEE, Right.DECIDE, Right.COUNT}),
    Role.AUDITOR: frozenset({Right.SEE, Right.COUNT, Right.AUDIT}),
}


@dataclass(frozen=True)
class Person:
    """A person who signed in.

    Attributes:
        subject: Identifies the person permanently; two people never have the same one.
        name: As recorded with decisions.
        roles: The person's roles, which decide what the person may do.
        form_token: The token that each form of this session must send.
    """

    subject: str
    name: str
    roles: frozenset[Role]
    form_token: str = field(default="", repr=False)

    def may(self, right: Right) -> bool:
        """Return whether a role of this person has a right."""
        return any(right in RIGHTS[role] for role in self.roles)


def find_roles(values: object, names: Mapping[Role, str]) -> frozenset[Role]:
    """Return the roles that a claim gives; a claim is a list, or a text of several words.

    `names` is the value of the claim for each role.
    """
    if isinstance(values, str):
        values = values.replace(",", " ").split()
    given = set(map(str, values)) if isinstance(values, Iterable) else set()
    return frozenset(role for role in Role if names[role] in given)
