"""Access to the pages: the dependencies of the routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from services.desk.people import Person, Right
from services.desk.security import check_form, read_form
from services.desk.sign_in import find_person


class SignedOut(Exception):
    """No one is signed in: the browser is sent to the sign-in page."""


def require_person(request: Request) -> Person:
    """Return the person who is signed in; raise SignedOut."""
    person = find_person(request)
    if person is None:
        raise SignedOut
    return person


def require(right: Right) -> Callable[[Person], Person]:
    """Build the dependency of a page that needs a right."""

    def check(person: Annotated[Person, Depends(require_person)]) -> Person:
        if not person.may(right):
            raise HTTPException(403, f"Your roles do not include the right to {right}.")
        return person

    return check


def require_form(
    request: Request,
    person: Annotated[Person, Depends(require_person)],
    form: Annotated[dict[str, str], Depends(read_form)],
) -> Mapping[str, str]:
    """Return a posted form; answer 403 unless it comes from a page of this session."""
    check_form(request, form, person.form_token)
    return form


Viewer = Annotated[Person, Depends(require(Right.SEE))]
Reviewer = Annotated[Person, Depends(require(Right.DECIDE))]
Counter = Annotated[Person, Depends(require(Right.COUNT))]
Auditor = Annotated[Person, Depends(require(Right.AUDIT))]
SentForm = Annotated[Mapping[str, str], Depends(require_form)]
