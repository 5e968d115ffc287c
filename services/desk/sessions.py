"""Sessions on the server: the browser has only a random number, the record everything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import delete, func, insert, select

from services.desk.people import Person, Role
from tasks.record.connection import transaction
from tasks.record.desk_tables import desk_sessions

SESSION, LINK, OIDC = "session", "link", "oidc"
KEY_BYTES = 32


def open_session(person: Person, span: timedelta) -> str:
    """Open a session for a person, and return its key, which only the browser keeps."""
    return _insert(SESSION, span, person)


def find_session(key: str) -> Person | None:
    """Return the person of a session; None if it does not exist or has expired."""
    query = select(desk_sessions).where(
        desk_sessions.c.digest == _hash(key),
        desk_sessions.c.purpose == SESSION,
        desk_sessions.c.expires_at > func.now(),
    )
    with transaction() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Person(row.subject, row.name, frozenset(map(Role, row.roles)), row.form_token)


def close_session(key: str) -> None:
    """Close a session."""
    with transaction() as connection:
        connection.execute(delete(desk_sessions).filter_by(digest=_hash(key), purpose=SESSION))


def create_link_key(person: Person, span: timedelta) -> str:
    """Create the key of a link that signs a person in, once."""
    return _insert(LINK, span, person)


def use_link_key(key: str) -> Person | None:
    """Use the key of a link; return None if it was used before or has expired."""
    row = _take(LINK, key)
    return row and Person(row.subject, row.name, frozenset(map(Role, row.roles)))


def start_sign_in(details: Mapping[str, str], span: timedelta) -> str:
    """Store what a sign-in at a provider needs when the browser comes back, and return its key."""
    return _insert(OIDC, span, Person("", "", frozenset()), json.dumps(dict(details)))


def finish_sign_in(key: str) -> dict[str, str] | None:
    """Return once what was stored for a sign-in; None if nothing was stored."""
    row = _take(OIDC, key)
    details: dict[str, str] | None = json.loads(row.details) if row else None
    return details


def _take(purpose: str, key: str) -> Any:  # noqa: ANN401 (a row)
    """Delete a row that can be used once, and return it; None if it is missing or has expired."""
    statement = (
        delete(desk_sessions)
        .where(
            desk_sessions.c.digest == _hash(key),
            desk_sessions.c.purpose == purpose,
            desk_sessions.c.expires_at > func.now(),
        )
        .returning(desk_sessions)
    )
    with transaction() as connection:
        return connection.execute(statement).one_or_none()


def _insert(purpose: str, span: timedelta, person: Person, details: str = "") -> str:
    key = token_urlsafe(KEY_BYTES)
    row = {
        "digest": _hash(key),
        "purpose": purpose,
        "subject": person.subject,
        "name": person.name,
        "roles": sorted(person.roles),
        "form_token": token_urlsafe(KEY_BYTES),
        "details": details,
        "expires_at": func.now() + span,
    }
    with transaction() as connection:
        connection.execute(delete(desk_sessions).where(desk_sessions.c.expires_at < func.now()))
        connection.execute(insert(desk_sessions).values(**row))
    return key


def _hash(key: str) -> bytes:
    """Return the hash of a key that the record keeps; it cannot be used to sign in."""
    return sha256(key.encode()).digest()
