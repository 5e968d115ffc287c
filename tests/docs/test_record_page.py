"""The SQL of the page about the record gives what the page promises."""

import re
from datetime import date
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from docverify.policy import STANDARD, STRICT
from docverify.verdict import judge
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload
from tests.support.readings import page, reading

PAGE = (Path(__file__).parents[2] / "docs" / "record.md").read_text("utf-8")


def test_the_queries_find_the_current_verdict_and_its_fields(database):
    key, content = f"inbox/{uuid4()}", uuid4().hex
    read, upload, file = (
        reading(page()),
        Upload("documents", key),
        File(b"x", content, 1, "v1", None),
    )
    for policy in (STANDARD, STRICT):
        verdict = judge(read, today=date(2026, 11, 26), policy=policy)
        write_to_database.fn(upload, file, read, verdict, None)
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    outcome, fields = block.replace("inbox/X", key).strip().splitlines()

    with database.connect() as connection:
        assert connection.execute(text(outcome)).all() == [(verdict.outcome,)]
        assert [each.surname for each in connection.execute(text(fields))] == ["MERIDIAN"]
