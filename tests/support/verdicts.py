"""A reading, a verdict and uploads for tests of the record."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from docverify.checks import CheckResult, Status
from docverify.identities import Identity, Source
from docverify.page import Engine, Reading
from docverify.policy import STANDARD, Consequence
from docverify.verdict import Verdict, decide
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload

READING = Reading(Engine.LOCAL)
HOLDER = Identity(Source.MRZ, document_number="X1", surname="CANARY", birth_date=date(1990, 1, 2))
RESULT = CheckResult(
    "document_expired", Status.FAILED, Consequence.REJECT, "expiry_date", (Source.MRZ,), "expired"
)
VERDICT = replace(decide([RESULT], STANDARD), identities=(HOLDER,))


def an_upload() -> tuple[Upload, File]:
    key = f"inbox/{uuid4()}.png"
    return Upload("bucket", key), File(b"x", uuid4().hex, 1, "v1")


def write(upload: Upload, file: File, verdict: Verdict = VERDICT, run: UUID | None = None):
    return write_to_database.fn(upload, file, READING, verdict, run)
