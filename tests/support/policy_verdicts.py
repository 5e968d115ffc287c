"""Verdicts under a policy, written to the record."""

from dataclasses import replace

from sqlalchemy import select

from docverify.page import Engine, Reading
from docverify.policy import Policy
from docverify.verdict import Outcome, decide
from tasks.record.tables import verdicts
from tasks.record.verdicts import is_current, write_to_database


def build_verdict(policy: Policy, outcome: str):
    return replace(decide([], policy), outcome=Outcome(outcome), reasons=("why",))


def write(document, policy: Policy, outcome: str, engine: Engine = Engine.LOCAL):
    verdict = build_verdict(policy, outcome)
    return write_to_database.fn(*document, Reading(engine), verdict, None)


def find_current(database, document_id: int) -> list[tuple[str, str]]:
    query = select(verdicts.c.policy_name, verdicts.c.outcome)
    with database.connect() as connection:
        rows = connection.execute(query.where(verdicts.c.document_id == document_id, is_current()))
        return [tuple(row) for row in rows]
