"""People at the desk: who they are, and what each role may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """The roles of the desk; a person may have several."""

    REVIEWER = "reviewer"  # decides documents of the queue
    SUPERVISOR = "supervisor"  # decides them too, and sees the statistics
    AUDITOR = "auditor"  # sees documents, statistics and who looked at what, and decides nothing


class Right(StrEnum):
    """What a page of the desk needs."""

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
        subject: Identifies the person for good; two people never have the same.
        name: As recorded with decisions.
        roles: What the person may do.
        form_token: What each form of this session must send.
    """

    subject: str
    name: str
    roles: frozenset[Role]
    form_token: str = field(default="", repr=False)

    def may(self, right: Right) -> bool:
        """Return whether a role of this person has a right."""
        return any(right in RIGHTS[role] for role in self.roles)


def find_roles(values: object, names: Mapping[Role, str]) -> frozenset[Role]:
    """Return the roles that a claim gives; a claim is a list, or words in one text.

    `names` has the value of the claim for each role.
    """
    if isinstance(values, str):
        values = values.replace(",", " ").split()
    given = set(map(str, values)) if isinstance(values, Iterable) else set()
    return frozenset(role for role in Role if names[role] in given)
