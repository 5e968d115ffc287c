"""Keys with which the desks of one record sign cookies."""

from __future__ import annotations

import hmac
from secrets import token_bytes

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from tasks.record.connection import transaction
from tasks.record.desk_tables import desk_keys
from tasks.settings import read_settings

COOKIES = "cookies"
KEY_BYTES = 32


def find_cookie_key() -> bytes:
    """Return the key that signs cookies, the same at all desks of this record.

    It is derived from DOCVERIFY_HMAC_KEY, or, if that is not set, kept in the record. Raise
    WorldError if the database does not answer.
    """
    secret = read_settings().hmac_key.get_secret_value()
    if secret:
        return hmac.digest(secret.encode(), f"docverify desk {COOKIES}".encode(), "sha256")
    return read_or_make_key(COOKIES)


def read_or_make_key(purpose: str) -> bytes:
    """Read a key from the record; the first desk that needs it creates it."""
    query = select(desk_keys.c.key).filter_by(purpose=purpose)
    row = {"purpose": purpose, "key": token_bytes(KEY_BYTES)}
    with transaction() as connection:
        if (key := connection.scalar(query)) is None:
            # Another desk may create it at the same time; the first key counts.
            connection.execute(insert(desk_keys).values(row).on_conflict_do_nothing())
            key = connection.execute(query).scalar_one()
    return bytes(key)
