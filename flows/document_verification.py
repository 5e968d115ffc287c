"""One uploaded document, from its bytes to a recorded verdict."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from prefect import State, flow
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import BaseModel, ConfigDict, ValidationError

from docverify.page import Engine, Reading
from docverify.policy import Policy
from docverify.second_engine import choose_second_engine
from docverify.verdict import Verdict
from tasks.errors import EdgeError, NotAllowed, SetupError, WorldError
from tasks.judgement import verify
from tasks.ocr import ask_second_engine, attempted, process_image_with_ocr
from tasks.policies import PolicyName, policy_named
from tasks.publishing import publish, tell_answered
from tasks.record.claims import RUN_SECONDS, Claim, Held, claim_document, released_on_failure
from tasks.record.failures import note_failure
from tasks.record.fingerprints import keep_reading
from tasks.record.stage_timings import Laps
from tasks.record.verdicts import Record, write_to_database
from tasks.s3 import File, Upload, retrieve_file_from_s3, upload_of

CLAIMED = "Claimed"
HELD = "run {} has this document; if it is dead, another may take it after {:%Y-%m-%d %H:%M:%S %Z}"


class Notified(BaseModel):
    """A further object of the same notification; its key is URL-encoded."""

    model_config = ConfigDict(hide_input_in_errors=True)

    bucket: str
    key: str
    version_id: str = ""
    etag: str = ""


@flow(
    name="document-verification",
    # Prefect would log a value that does not validate; each is validated where it is used.
    validate_parameters=False,
    persist_result=False,
    timeout_seconds=RUN_SECONDS,
)
def document_verification(
    bucket: str,
    key: str,
    version_id: str = "",
    engine: Literal["local", "google-vision", "textract"] = "local",
    policy: PolicyName = "standard",
    etag: str = "",
    url_encoded: bool = False,
    more: list[Notified] | None = None,
) -> State[None]:
    """Verify one uploaded document, from its bytes to a recorded verdict.

    The same document under the same policy is judged once: a second run shows what is recorded.

    Args:
        bucket: Name of the S3 bucket; it must be allowed in DOCVERIFY_ALLOWED_UPLOADS.
        key: Key of the uploaded object, as S3 lists it.
        version_id: Version of the object; empty for the newest one.
        engine: What reads the document. `local` reads on the run's own processor: nothing is
            charged and the picture goes nowhere. `google-vision` sends the pages to Google's Cloud
            Vision, which charges about 1.50 USD per thousand and says that it keeps none.
            `textract` sends them to Amazon Textract in the run's region, which also names the
            fields of US documents and charges more for that; AWS may keep pages to improve its
            services unless your organisation has opted out. Both get people's documents: choose
            them only where you may pass these on.
        policy: What follows from failed checks: `lenient`, `standard`, `strict`, or one of the
            organisation's own, which may name a second engine for what the first is unsure of.
            `demonstration` lets specimens through; never choose it for real documents.
        etag: The object's ETag, as notified. It names the version where no version id does.
        url_encoded: The key is URL-encoded, as in an S3 notification. Leave it off by hand.
        more: Further objects of the same notification; each gets a run of its own below this one.
    """
    try:
        upload = upload_of(bucket, key, version_id, etag, url_encoded=url_encoded)
        state = answer(upload, engine, policy)
    except EdgeError as error:
        state = Failed(message=str(error))
    if url_encoded is True and state.is_completed() and state.name != CLAIMED:
        tell_answered(bucket, key)
    for each in more if isinstance(more, list) else filter(None, [more]):
        document_verification(
            **_parameters(each), engine=engine, policy=policy, url_encoded=True, return_state=True
        )
    return state


def answer(upload: Upload, engine: str, policy: str) -> State[None]:
    """Verify an upload and say how it ended; a failure is put on record and raises nothing.

    It is said in one line, for Prefect would keep a traceback.
    """
    try:
        run = UUID(flow_run.id)
        found = verify_upload(upload, engine_named(engine), policy_named(policy), run)
    except TimeoutError:
        slow = WorldError("a step took longer than its limit, on every try", "timeout")
        return _failed(upload, engine, policy, slow)
    except EdgeError as error:
        return _failed(upload, engine, policy, error)
    if isinstance(found, Held):
        return Completed(name=CLAIMED, message=HELD.format(found.flow_run_id, found.expires_at))
    return Completed(name=found.outcome.title(), message=found.summary)


def _failed(upload: Upload, engine: str, policy: str, error: EdgeError) -> State[None]:
    """Keep the failure on record; where that fails as well, the bucket still has the upload."""
    if not isinstance(error, NotAllowed):
        with suppress(EdgeError):
            note_failure(upload, engine, policy, error, UUID(flow_run.id))
    return Failed(message=str(error))


def engine_named(name: str) -> Engine:
    """Return an engine by the name that a form gives; raises SetupError for any other."""
    if name not in tuple(Engine):
        raise SetupError(f"there is no such engine: choose one of {', '.join(Engine)}")
    return Engine(name)


def _parameters(notified: object) -> dict[str, str]:
    """Read a further object; one that is none of S3's still gets its run, which says so."""
    try:
        return Notified.model_validate(notified).model_dump()
    except ValidationError:
        return {"bucket": "", "key": ""}


def verify_upload(upload: Upload, engine: Engine, policy: Policy, run: UUID) -> Record | Held:
    """Retrieve, claim, read, judge, record and publish one upload."""
    laps = Laps()
    file = retrieve_file_from_s3(upload)
    laps.end("retrieve")
    claim = claim_document(upload, file, engine, policy, run)
    if isinstance(claim, Held):
        return claim
    if isinstance(claim, Record):
        _publish(claim)
        return claim
    laps.end("claim")
    today = datetime.now(UTC).date()
    with released_on_failure(claim, run):
        reading = _read(claim, upload, file, engine, policy, today)
        laps.end("read")
        history = keep_reading(claim, reading, file, today, policy)
        verdict = verify(reading, today, policy, file.applicant, history)
        laps.end("judge")
        record = write_to_database(upload, file, reading, verdict, run)
        laps.end("record")
    _publish(record, verdict, reading)
    laps.end("publish")
    laps.record(record.document_id)
    return record


def _publish(
    record: Record, verdict: Verdict | None = None, reading: Reading | None = None
) -> None:
    """Publish what is on record: it stands, and reconciliation tells what could not be told."""
    with suppress(EdgeError):  # The task is shown as failed.
        publish(record, verdict, reading)


def _read(
    claim: Claim, upload: Upload, file: File, engine: Engine, policy: Policy, today: date
) -> Reading:
    """Read what was not read before; where that is in doubt, ask the policy's second engine."""
    reading = claim.reading or process_image_with_ocr(file, engine, upload)
    second = choose_second_engine(reading, today=today, policy=policy)
    if second is None:
        return reading
    answer = attempted(second, lambda: ask_second_engine(file, second, upload))
    return replace(reading, second=answer)
