"""The kinds of documents that earlier versions did not record."""

from __future__ import annotations

import zlib
from datetime import date

from sqlalchemy import Connection, Engine, Row, select, update

from docverify.policy import STANDARD
from docverify.policy_file import PERSON
from docverify.reading import wire
from docverify.second_engine import open_chosen_case
from tasks.record.connection import allow_changes
from tasks.record.tables import readings, verdicts

BATCH_READINGS = 100


def fill_kinds(engine: Engine) -> None:
    """Write the kind of each document that has none and whose reading is kept.

    It can be interrupted: each batch is a transaction.
    """
    last = 0
    while True:
        with engine.begin() as connection:
            allow_changes(connection)
            rows = _select_unknown(connection, last)
            for row in rows:
                kind = find_kind(row)
                connection.execute(update(verdicts).filter_by(id=row.id).values(kind=kind))
        if not rows:
            break
        last = rows[-1].id
    with engine.begin() as connection:
        allow_changes(connection)
        while _copy_to_decisions(connection):
            pass  # A decision about a person's decision gets its kind in the next round.


def _select_unknown(connection: Connection, after: int) -> list[Row[tuple[int, bytes, date]]]:
    is_same = (
        (readings.c.document_id == verdicts.c.document_id)
        & (readings.c.engine == verdicts.c.engine)
        & (readings.c.reader_version == verdicts.c.reader_version)
    )
    query = (
        select(verdicts.c.id, readings.c.content, readings.c.read_at)
        .join_from(verdicts, readings, is_same)
        .where(verdicts.c.kind.is_(None), verdicts.c.policy_name != PERSON, verdicts.c.id > after)
        .order_by(verdicts.c.id)
        .limit(BATCH_READINGS)
    )
    return list(connection.execute(query))


def find_kind(row: Row[tuple[int, bytes, date]]) -> str | None:
    """Return the kind of a recorded reading; None if it cannot be decoded."""
    try:
        reading = wire.read(zlib.decompress(row.content))
    except (wire.MalformedReading, zlib.error):
        return None
    case, _ = open_chosen_case(reading, today=row.read_at.date(), policy=STANDARD)
    return case.kind.policy_key


def _copy_to_decisions(connection: Connection) -> int:
    """Copy the kind to people's decisions from the verdicts that they decided about; count them."""
    before = verdicts.alias()
    return connection.execute(
        update(verdicts)
        .values(kind=before.c.kind)
        .where(
            before.c.id == verdicts.c.previous_id,
            before.c.kind.is_not(None),
            verdicts.c.kind.is_(None),
            verdicts.c.policy_name == PERSON,
        )
    ).rowcount
