"""The read API: current verdicts, the verdicts since a cursor, and people's decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Connection, select

from docverify.decisions import Decision, Reason
from services.desk.security import find_sender, limit_requests
from tasks.dispatch import announce
from tasks.errors import SetupError, WorldError
from tasks.record import feed
from tasks.record.announcements import Announcement, read_announcements
from tasks.record.connection import transaction
from tasks.record.reviews import (
    NotYours,
    check_decision,
    claim_review,
    decide_review,
    refuse_without_approval,
)
from tasks.record.tokens import Scope, Token, find_token
from tasks.record.views import current_holders, current_verdicts

NO_TOKEN = "no valid token: see `docverify token`"  # noqa: S105 - a message
CHALLENGE = {"WWW-Authenticate": "Bearer"}
bearer = HTTPBearer(auto_error=False, description="A token of `docverify token create`.")
DECISION_HOURS = 0.1  # for which a decision by API reserves the document
NO_NUL = r"^[^\x00]*$"  # PostgreSQL cannot store it.
DocumentId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Holder(BaseModel):
    """The holder's data on the document: personal data."""

    model_config = ConfigDict(from_attributes=True)

    sources: list[str] = Field(description="sources that were read: mrz, barcode, viz")
    document_number: str | None
    surname: str | None
    given_names: str | None
    nationality: str | None
    birth_date: date | None
    sex: str | None
    issue_date: date | None
    expiry_date: date | None
    issuing_state: str | None


class Current(BaseModel):
    """The current verdict of a document, and its holder's data."""

    verdict: Announcement
    is_newest: bool = Field(description="whether no later document has the same bucket and key")
    holder: Holder | None = Field(
        description="null if nothing was read or kept, or without the scope holders:read"
    )


class Feed(BaseModel):
    """Verdicts in the order in which they took effect."""

    verdicts: list[Announcement]
    cursor: int = Field(description="pass it as `after` to get the next verdicts")


class GivenDecision(BaseModel):
    """A person's decision about a document that waits for one."""

    model_config = ConfigDict(extra="forbid")

    reviewer: str = Field(
        min_length=1, max_length=200, pattern=NO_NUL, description="the person who decided"
    )
    outcome: Decision
    reason: Reason = Field(description="must fit the outcome")
    note: str = Field(
        "", max_length=4_000, pattern=NO_NUL, description="purged with the holder's fields"
    )


def find_bearer(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str:
    """Return the token that a request has; answer 401 if it has none.

    Requests with an unknown token are counted by address; over the limit, the record is not asked
    about them.
    """
    if given is None:
        raise HTTPException(401, NO_TOKEN, CHALLENGE)
    try:
        owner = request.app.state.known_tokens.find_owner(given.credentials)
    except (WorldError, SetupError) as error:
        raise HTTPException(503, "the database does not answer") from error
    if not owner:
        limit_requests(request, f"API {find_sender(request)}")
    return given.credentials


# Before all other dependencies, because they connect to the record.
router = APIRouter(prefix="/api/v1", dependencies=[Depends(find_bearer)])


def connect() -> Iterator[Connection]:
    """Connect to the record for one request; answer 503 if it does not answer."""
    try:
        with transaction() as connection:
            yield connection
    except (WorldError, SetupError) as error:
        raise HTTPException(503, "the database does not answer") from error


Record = Annotated[Connection, Depends(connect)]


def require(scope: Scope) -> Callable[..., Token]:
    """Build the dependency that refuses a request without a token of a scope."""

    def check(
        request: Request,
        connection: Record,
        given: Annotated[str, Depends(find_bearer)],
    ) -> Token:
        token = find_token(connection, given)
        request.app.state.known_tokens.note(given, token.name if token else "")
        if token is None:
            raise HTTPException(401, NO_TOKEN, CHALLENGE)
        if scope not in token.scopes:
            raise HTTPException(403, f"the token does not have the scope {scope}")
        return token

    return check


Reader = Annotated[Token, Depends(require(Scope.VERDICTS))]


@router.get("/documents/by-key", tags=["verdicts"])
def read_by_key(
    connection: Record,
    token: Reader,
    bucket: Annotated[str, Query(max_length=255, pattern=NO_NUL)],
    key: Annotated[str, Query(max_length=1024, pattern=NO_NUL)],
    version_id: Annotated[str | None, Query(max_length=1024, pattern=NO_NUL)] = None,
) -> Current:
    """Return the current verdict of the newest document under a key, or of one version of it."""
    chosen = [current_verdicts.c.bucket == bucket, current_verdicts.c.key == key]
    if version_id is None:
        chosen.append(current_verdicts.c.is_newest)
    else:
        chosen.append(current_verdicts.c.version_id == version_id)
    return find_current(connection, token, chosen)


@router.get("/documents/{document_id}", tags=["verdicts"])
def read_document(connection: Record, token: Reader, document_id: DocumentId) -> Current:
    """Return the current verdict of a document."""
    return find_current(connection, token, [current_verdicts.c.document_id == document_id])


@router.get("/verdicts", tags=["verdicts"])
def list_verdicts(
    _: Reader,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="0, or an earlier cursor")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Feed:
    """List the verdicts that took effect after a cursor, each once and in order."""
    try:
        verdicts, cursor = feed.read_feed(after, limit)
    except (WorldError, SetupError) as error:
        raise HTTPException(503, "the database does not answer") from error
    return Feed(verdicts=verdicts, cursor=cursor)


@router.post("/documents/{document_id}/decision", tags=["decisions"], status_code=201)
def decide(
    document_id: DocumentId,
    given: GivenDecision,
    token: Annotated[Token, Depends(require(Scope.DECIDE))],
) -> Announcement:
    """Record a person's decision about a document that waits for one.

    The rules are those of the review flow: 409 if another person has claimed or decided the
    document, 422 if the reason does not fit the outcome.
    """
    reviewer = f"{given.reviewer} (API: {token.name})"
    try:
        with transaction() as connection:
            this = select(current_verdicts.c.verdict_id).filter_by(document_id=document_id)
            review_id = connection.scalar(this)
            if review_id is None:
                raise HTTPException(404, "no document with a verdict has this id")
            # Before the claim: a refused decision must not keep the document from others.
            check_decision(given.outcome, given.reason)
            refuse_without_approval(connection, review_id, given.reason)
        claim_review(reviewer, review_id, DECISION_HOURS)
        record = decide_review(reviewer, review_id, given.outcome, given.reason, given.note)
        announce(record)
        with transaction() as connection:
            return read_announcements(connection, [record.verdict_id])[record.verdict_id]
    except NotYours as error:
        raise HTTPException(409, str(error)) from error
    except SetupError as error:
        raise HTTPException(422, str(error)) from error
    except WorldError as error:
        raise HTTPException(503, "the database does not answer") from error


def find_current(
    connection: Connection, token: Token, chosen: list[ColumnElement[bool]]
) -> Current:
    """Return the current verdict of a document, with its holder if the token allows that."""
    columns = (current_verdicts.c[name] for name in ("document_id", "verdict_id", "is_newest"))
    newest = current_verdicts.c.document_id.desc()
    row = connection.execute(select(*columns).where(*chosen).order_by(newest).limit(1)).first()
    if row is None:
        raise HTTPException(404, "no such document has a verdict")
    holder = None
    if Scope.HOLDERS in token.scopes:
        this = select(current_holders).filter_by(document_id=row.document_id)
        holder = connection.execute(this).one_or_none()
    return Current(
        verdict=read_announcements(connection, [row.verdict_id])[row.verdict_id],
        is_newest=row.is_newest,
        holder=Holder.model_validate(holder) if holder else None,
    )
