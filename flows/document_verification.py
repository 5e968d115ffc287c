"""Document verification: one uploaded document, from its bytes to a recorded verdict."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import unquote_plus
from uuid import UUID

from prefect import State, flow
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import BaseModel, ConfigDict, ValidationError

from docverify.page import Engine, Reading
from docverify.policy import Policy
from docverify.second_engine import choose_second_engine
from docverify.verdict import Verdict
from flows.parameters import (
    EngineName,
    PolicyName,
    build_failure,
    find_engine,
    hide_parameters,
    is_started_by_person,
)
from tasks.errors import (
    EdgeError,
    InvalidInput,
    NoDocument,
    NotAllowed,
    WorldError,
    is_run_over,
    only_our_errors,
)
from tasks.judgement import verify
from tasks.logs import DOCUMENT_ID, log_event
from tasks.ocr import ask_second_engine, process_image_with_ocr, try_second_engine
from tasks.policies import read_policy
from tasks.publishing import publish, publish_answered
from tasks.quiet_tasks import quiet
from tasks.record.claims import (
    ClaimedElsewhere,
    claim_document,
    release_on_failure,
)
from tasks.record.failures import record_failure
from tasks.record.fingerprints import keep_reading
from tasks.record.stage_timings import StageTimer
from tasks.record.verdicts import RecordedVerdict, write_to_database
from tasks.run_labels import label_run, name_upload
from tasks.run_limits import LIMIT_SECONDS
from tasks.s3 import File, Upload, find_only_bucket, parse_upload, retrieve_file_from_s3

CLAIMED = "Claimed"
IGNORED = "Ignored"
"""State of a run whose upload is not a document."""
CLAIMED_MESSAGE = (
    "Another run ({}) is processing this document. If that run died, another run can take the "
    "document after {:%Y-%m-%d %H:%M:%S %Z}."
)


class Notified(BaseModel):
    """A further object of the same notification; its key is URL-encoded."""

    model_config = ConfigDict(hide_input_in_errors=True)

    bucket: str
    key: str
    version_id: str = ""
    etag: str = ""


def name_run() -> str:
    """Return the name of a run that has begun: the last part of its key."""
    key, encoded = (flow_run.parameters.get(name) for name in ("key", "url_encoded"))
    return name_upload(unquote_plus(key) if encoded is True and isinstance(key, str) else key)


@flow(
    name="document-verification",
    validate_parameters=False,
    persist_result=False,
    timeout_seconds=LIMIT_SECONDS["document-verification"],
    flow_run_name=name_run,
)
def document_verification(
    bucket: str,
    key: str,
    version_id: str = "",
    engine: EngineName = "local",
    policy: PolicyName = "standard",
    etag: str = "",
    url_encoded: bool = False,
    more: list[Notified] | None = None,
) -> State[None]:
    """Verify one uploaded document, from its bytes to a recorded verdict.

    A document gets one verdict under a policy: a second run shows the recorded verdict. A verdict
    under a weaker policy is recorded, but does not end a referral or a rejection.

    Args:
        bucket: Name of the S3 bucket; it must be allowed in DOCVERIFY_ALLOWED_UPLOADS.
        key: Key of the uploaded object, as S3 lists it.
        version_id: Version of the object; empty for the newest one.
        engine: The engine that reads the document. `local` reads it within the run: it costs
            nothing, and the image is not sent anywhere. `google-vision` sends the pages to Google
            Cloud Vision, which charges about 1.50 USD per thousand pages and, by its terms, does
            not store them. `textract` sends them to Amazon Textract in the run's region, which also
            returns the fields of US documents and charges more for that; AWS may store pages to
            improve its services unless your organisation has opted out. Both receive personal
            documents: choose them only if you may pass these on.
        policy: The rules and thresholds of the decision: `lenient`, `standard`, `strict`, or your
            organisation's own policy, which may name a second engine for doubtful readings.
            `demonstration` accepts specimens; never use it for real documents.
        etag: Identifies the version in buckets without versioning.
        url_encoded: Leave it off for manual runs. Switch it on only for a key that you copied from
            an S3 notification.
        more: Further objects of the same notification; this run starts another run for each.
    """
    try:
        # Only a machine may leave the bucket out; people see the field.
        bucket = bucket or (find_only_bucket() if url_encoded is True else bucket)
        upload = parse_upload(bucket, key, version_id, etag, url_encoded=url_encoded)
    except EdgeError as error:
        # An invalid object in a notification is not a typing error.
        state = build_notified_failure(error) if url_encoded is True else build_failure(error)
    else:
        state = verify_alone(upload, engine, policy, notified=url_encoded is True or bool(etag))
    if url_encoded is True and state.is_completed() and state.name != CLAIMED:
        publish_answered(bucket, key)
    for each in parse_more(more):
        if is_run_over():
            break  # Reconciliation finds the others.
        document_verification(
            **each, engine=engine, policy=policy, url_encoded=True, return_state=True
        )
    return state


hide_parameters(document_verification, "etag", "url_encoded", "more")


def parse_more(more: object) -> list[dict[str, str]]:
    """Return the parameters of further objects.

    The parameters of an invalid object are empty, so that a separate run fails and shows it.
    """
    listed = more if isinstance(more, list) else [more] if more else []
    found = []
    for each in listed:
        try:
            found.append(Notified.model_validate(each).model_dump())
        except ValidationError:
            found.append({"bucket": "", "key": ""})
    return found


def verify_alone(upload: Upload, engine: str, policy: str, *, notified: bool) -> State[None]:
    """Verify the only upload of this run, after which the run is named.

    If there was no notification, a person typed the parameters: a typing error is a result, and is
    not recorded.
    """
    found = try_to_verify(upload, engine, policy)
    if isinstance(found, RecordedVerdict):
        label_run(upload.key, found.effective_outcome, found.kind)
    if isinstance(found, InvalidInput) and not notified and is_started_by_person():
        is_document = not isinstance(found, NoDocument)
        return build_failure(found) if is_document else build_notified_failure(found)
    return build_state(found, upload, engine, policy)


def verify_and_report(upload: Upload, engine: str, policy: str) -> State[None]:
    """Verify an upload of a chunk, record a failure, and return the state that a run would have.

    A chunk has many documents and one run, so a step has a task run only if it fails.
    """
    found = try_to_verify(upload, engine, policy, quietly=True)
    return build_state(found, upload, engine, policy)


def try_to_verify(
    upload: Upload, engine: str, policy: str, *, quietly: bool = False
) -> RecordedVerdict | ClaimedElsewhere | EdgeError:
    """Verify an upload; return what was recorded, or why nothing was."""
    DOCUMENT_ID.set(None)  # A warm process may have worked on another document before.
    try:
        asked = find_engine(engine), read_policy(policy)
        return verify_upload(upload, *asked, UUID(flow_run.id), quietly=quietly)
    except EdgeError as error:
        return error
    except TimeoutError:
        return WorldError("a step took longer than its limit, on every try", "timeout")


def build_notified_failure(error: EdgeError) -> State[None]:
    """Return the state of a run whose notification names no upload that can be verified."""
    if isinstance(error, NoDocument):
        return Completed(name=IGNORED, message=f"Nothing was verified: {error}.")
    return Failed(message=str(error))


def build_state(
    found: RecordedVerdict | ClaimedElsewhere | EdgeError, upload: Upload, engine: str, policy: str
) -> State[None]:
    """Return the state of a run, and record why an upload has no verdict.

    A failure is shown in one line. If it were raised, Prefect would store its traceback.
    """
    if isinstance(found, NoDocument):
        return build_notified_failure(found)
    log_result(found)
    if isinstance(found, EdgeError):
        if not isinstance(found, NotAllowed):
            # If this fails as well, the bucket still has the upload, and reconciliation finds it.
            with suppress(EdgeError):
                record_failure(upload, engine, policy, found, UUID(flow_run.id))
        return Failed(message=str(found))
    if isinstance(found, ClaimedElsewhere):
        message = CLAIMED_MESSAGE.format(found.flow_run_id, found.expires_at)
        return Completed(name=CLAIMED, message=message)
    return Completed(name=found.effective_outcome.title(), message=found.message)


def log_result(found: RecordedVerdict | ClaimedElsewhere | EdgeError) -> None:
    """Log how an upload ended, as an event."""
    match found:
        case EdgeError():
            log_event("failure", fault=found.fault, code=found.code)
        case ClaimedElsewhere():
            log_event("claimed")
        case RecordedVerdict():
            log_event(
                "verdict",
                outcome=found.effective_outcome,
                kind=found.kind or None,
                replayed=int(found.replayed),
            )


def verify_upload(
    upload: Upload, engine: Engine, policy: Policy, run: UUID, *, quietly: bool = False
) -> RecordedVerdict | ClaimedElsewhere:
    """Retrieve, claim, read, check, decide, record and publish one upload.

    The three main steps have task runs, unless `quietly` asks for them only if a step fails.
    """
    timer = StageTimer()
    file = (quiet(retrieve_file_from_s3) if quietly else retrieve_file_from_s3)(upload)
    timer.stop("retrieve")
    claim = quiet(claim_document)(upload, file, engine, policy, run)
    if isinstance(claim, ClaimedElsewhere):
        return claim
    DOCUMENT_ID.set(claim.document_id)
    if isinstance(claim, RecordedVerdict):
        try_to_publish(upload, claim)
        return claim
    timer.stop("claim")
    today = datetime.now(UTC).date()
    with release_on_failure(claim, run):
        process = quiet(process_image_with_ocr) if quietly else process_image_with_ocr
        first = claim.reading or process(file, engine, upload)
        reading = read_again_in_doubt(first, upload, file, policy, today)
        timer.stop("read")
        history = quiet(keep_reading)(claim, reading, file, today, policy)
        verdict = quiet(verify)(reading, today, policy, file.applicant, history, claim.corrections)
        timer.stop("judge")
        write = quiet(write_to_database) if quietly else write_to_database
        record = write(upload, file, reading, verdict, run)
        timer.stop("record")
    try_to_publish(upload, record, verdict, reading)
    timer.stop("publish")
    timer.save(record.document_id)
    log_event("stages", **{f"{stage}_seconds": each for stage, each in timer.seconds.items()})
    return record


def try_to_publish(
    upload: Upload,
    record: RecordedVerdict,
    verdict: Verdict | None = None,
    reading: Reading | None = None,
) -> None:
    """Publish a recorded verdict; if that fails, only its task fails.

    The verdict is valid without it, and reconciliation sends the event.
    """
    with suppress(EdgeError):
        quiet(publish)(record, verdict, reading, upload)


def read_again_in_doubt(
    reading: Reading, upload: Upload, file: File, policy: Policy, today: date
) -> Reading:
    """Use the policy's second engine if a reading is doubtful."""
    with only_our_errors():
        second = choose_second_engine(reading, today=today, policy=policy)
    if second is None:
        return reading
    answer = try_second_engine(second, lambda: ask_second_engine(file, second, upload))
    return replace(reading, second=answer)
