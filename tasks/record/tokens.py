"""Tokens of the read API: only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, func, insert, select, update

from tasks.errors import SetupError
from tasks.record.connection import transaction
from tasks.record.delivery_tables import api_tokens

PREFIX = "docverify_"
RANDOM_BYTES = 32
MAX_DAYS = 3_650


class Scope(StrEnum):
    """Rights of the bearer of a token."""

    VERDICTS = "verdicts:read"
    HOLDERS = "holders:read"
    DECIDE = "reviews:decide"


@dataclass(frozen=True)
class Token:
    """A token of the API, without its secret.

    Attributes:
        id: Row of `api_tokens`.
        name: The system that uses it.
        scopes: The rights of its bearer.
        created_at: Time of its creation.
        expires_at: None if it never expires.
        revoked_at: None if it is not revoked.
    """

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def create_token(name: str, scopes: Iterable[Scope], days: int = 0) -> str:
    """Create a token, and return it; it cannot be shown again. `days` of 0 never expire.

    Raise SetupError if the name is empty, if there is no scope, or if the days are not valid.
    """
    chosen = sorted({*scopes})
    if not name.strip() or not chosen:
        raise SetupError("a token needs a name and at least one scope")
    if not 0 <= days <= MAX_DAYS:
        raise SetupError(f"the days must be from 0 to {MAX_DAYS}; with 0, the token never expires")
    token = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    row = {
        "name": name.strip(),
        "sha256": hash_token(token),
        "scopes": chosen,
        "expires_at": func.now() + timedelta(days=days) if days else None,
    }
    with transaction() as connection:
        connection.execute(insert(api_tokens).values(row))
    return token


def hash_token(token: str) -> bytes:
    """Hash a token; it is random, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).digest()


def list_tokens() -> list[Token]:
    """List all tokens, newest first."""
    query = select(*_columns()).order_by(api_tokens.c.id.desc())
    with transaction() as connection:
        return [_parse(row) for row in connection.execute(query)]


def revoke_token(token_id: int) -> bool:
    """Revoke a token immediately; return whether there was one to revoke."""
    valid = update(api_tokens).where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
    with transaction() as connection:
        return connection.execute(valid.values(revoked_at=func.now())).rowcount > 0


def read_token_owners() -> dict[bytes, str]:
    """Read the names of all tokens that are valid now, by the hashes of the tokens."""
    query = select(api_tokens.c.sha256, api_tokens.c.name).where(*_is_valid())
    with transaction() as connection:
        return {row.sha256: row.name for row in connection.execute(query)}


def find_token(connection: Connection, token: str) -> Token | None:
    """Find a token that is valid now; return None if it is unknown, expired or revoked."""
    row = connection.execute(
        select(*_columns()).where(api_tokens.c.sha256 == hash_token(token), *_is_valid())
    ).one_or_none()
    return _parse(row) if row else None


def _is_valid() -> tuple[ColumnElement[bool], ...]:
    """Build the conditions that a token is not revoked and has not expired."""
    expires = func.coalesce(api_tokens.c.expires_at, "infinity")
    return api_tokens.c.revoked_at.is_(None), expires > func.now()


def _columns() -> list[Column[Any]]:
    return [api_tokens.c[name] for name in Token.__dataclass_fields__]


def _parse(row: Row[Any]) -> Token:
    return Token(**{**row._mapping, "scopes": tuple(row.scopes)})
