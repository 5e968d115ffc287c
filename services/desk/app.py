"""The web application: health, the read API, and the pages of the desk."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException
from uvicorn.config import LOGGING_CONFIG

from services.connections import build_server, read_limits
from services.desk import api, sessions, sign_in
from services.desk.access import SignedOut
from services.desk.cookies import CookieSigner
from services.desk.images import ImageStore, load_crops, load_images, start_workers
from services.desk.pages import audit, cases, images, queue, search, statistics
from services.desk.people import Person, Role
from services.desk.rendering import build_templates
from services.desk.security import BodyLimit, KnownKeys, KnownTokens, RateLimit, SecurityHeaders
from services.desk.settings import DeskSettings
from services.desk.tokens import Keys
from services.log_limit import limit_repetitions
from services.metrics.collector import RecordCollector
from services.metrics.server import serving_metrics
from services.starting import check_port, read_or_exit, warn_of_misspelt
from tasks.dispatch import dispatch
from tasks.errors import EdgeError, SetupError, WorldError
from tasks.logs import is_json, start_log
from tasks.record.connection import database
from tasks.record.desk_decisions import record_due_decisions
from tasks.record.tokens import read_token_owners

HERE = Path(__file__).parent
RECORD_SECONDS = 1.0  # between two searches for due decisions
LINK_SPAN = timedelta(hours=12)
API = "/api/"
CONFLICT = 409
COMMAND_HINT = ": `docverify "  # the rest of the message is for people at the command line
KEEP_ALIVE_SECONDS = 75
"""Longer than the 60 of a load balancer, which must not use a connection that the desk closes."""
REQUEST_SECONDS = 30.0  # in which a request must be complete

logger = logging.getLogger("docverify.desk")


def create_app(settings: DeskSettings) -> FastAPI:
    """Build the application; it connects to the database when a request needs it."""
    app = FastAPI(
        title="docverify",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=run_background,
    )
    app.state.settings = settings
    app.state.templates = build_templates()
    app.state.rate_limit = RateLimit(settings.requests_per_minute)
    app.state.cookies = CookieSigner()
    app.state.known_sessions = KnownKeys()
    app.state.known_tokens = KnownTokens(read_token_owners)
    app.state.workers = start_workers()
    app.state.images = ImageStore(load_images, app.state.workers)
    app.state.crops = ImageStore(load_crops, app.state.workers)
    app.state.provider = sign_in.Provider(settings)
    app.state.proxy_keys = Keys(settings.proxy_keys)
    app.add_api_route("/health", report_health, methods=["GET"], include_in_schema=False)
    app.include_router(api.router)
    for each in (sign_in, queue, cases, images, search, statistics, audit):
        app.include_router(each.router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_exception_handler(SignedOut, answer_signed_out)
    app.add_exception_handler(HTTPException, answer_error)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(EdgeError, answer_edge_error)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, secure=settings.is_secure)
    return app


@asynccontextmanager
async def run_background(app: FastAPI) -> AsyncIterator[None]:
    """Record due decisions while the desk is running."""
    recording = asyncio.create_task(record_decisions())
    try:
        yield
    finally:
        recording.cancel()
        with suppress(asyncio.CancelledError):
            await recording
        app.state.workers.shutdown(wait=False, cancel_futures=True)


async def record_decisions() -> None:
    """Record and announce due decisions; if the database is down, try again later."""
    while True:
        await asyncio.sleep(RECORD_SECONDS)
        try:
            if await run_in_threadpool(record_due_decisions):
                # If the database user has only the rights of the desk, the dispatcher does this.
                with suppress(EdgeError):
                    await run_in_threadpool(dispatch)
        except EdgeError as error:
            logger.warning("due decisions could not be recorded: %s", error)
        except Exception as error:  # noqa: BLE001 (the loop must go on; a message may hold a value)
            logger.error("a due decision could not be recorded: %s", type(error).__name__)  # noqa: TRY400


async def report_health() -> str:
    """Return `ok` while the desk listens."""
    return "ok"


async def answer_signed_out(request: Request, _: Exception) -> Response:
    """Send a browser to the sign-in page; answer 401 to a script, unless a proxy signs it in."""
    settings: DeskSettings = request.app.state.settings
    is_script = wants_json(request) and settings.sign_in != "proxy"
    if request.method != "GET" or is_script:
        return answer(request, 401, "You are no longer signed in: sign in and try again.")
    return await run_in_threadpool(sign_in.send_to_sign_in, request)


async def answer_error(request: Request, error: Exception) -> Response:
    """Show an error as a page, or as JSON to programs."""
    status = getattr(error, "status_code", 500)
    headers = getattr(error, "headers", None)
    return answer(request, status, str(getattr(error, "detail", "")), headers)


async def answer_invalid(request: Request, error: Exception) -> Response:
    """Show that an address is not valid; programs get the rule that it breaks."""
    if request.url.path.startswith(API) and isinstance(error, RequestValidationError):
        return await request_validation_exception_handler(request, error)
    return answer(request, 404, "There is no page at this address.")


async def answer_edge_error(request: Request, error: Exception) -> Response:
    """Show why the record refuses a request, or that it does not answer."""
    if isinstance(error, WorldError):
        return answer(request, 503, "The database does not answer: try again in a minute.")
    text = str(error).partition(COMMAND_HINT)[0]
    message = f"{text[:1].upper()}{text[1:]}."
    return answer(request, CONFLICT if isinstance(error, SetupError) else 503, message)


def answer(
    request: Request, status: int, message: str, headers: dict[str, str] | None = None
) -> Response:
    """Return an error in the form that the sender understands."""
    if wants_json(request):
        return JSONResponse({"detail": message}, status, headers)
    templates: Jinja2Templates = request.app.state.templates
    case = request.path_params.get("review_id", "") if status == CONFLICT else ""
    context = {"status": status, "message": message, "case": case}
    page: HTMLResponse = templates.TemplateResponse(request, "error.html", context, status, headers)
    return page


def wants_json(request: Request) -> bool:
    """Return whether the sender is a program, or a script of a page."""
    is_api = request.url.path.startswith(API)
    return is_api or "application/json" in request.headers.get("accept", "")


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped, or print a one-time link."""
    options = build_parser().parse_args(arguments)
    settings = read_or_exit(DeskSettings)
    if options.command == "link":
        try:
            print(create_link(settings, options.name, options.role))
        except (EdgeError, ValueError) as error:
            sys.exit(str(error))
        return
    try:
        database()
    except SetupError as error:
        sys.exit(str(error))
    check_port(settings.host, settings.port, "DOCVERIFY_DESK_PORT")
    if settings.sign_in == "link":
        print("To sign in, run `python -m services.desk link` and open the link that it prints.")
    start_log()
    warn_of_misspelt(DeskSettings)
    server = build_desk(settings)
    limit_repetitions()
    with serving_metrics(RecordCollector()):
        server.run()


def build_desk(settings: DeskSettings) -> uvicorn.Server:
    """Build the desk's server, in which slow senders cannot lock others out."""
    # The timer of a connection that is kept open starts at the end of the previous request.
    limits = replace(read_limits(), seconds=KEEP_ALIVE_SECONDS + REQUEST_SECONDS)
    return build_server(
        create_app(settings),
        settings.host,
        settings.port,
        limits,
        server_header=False,
        proxy_headers=False,
        # None leaves the log as it is.
        log_config=None if is_json() else LOGGING_CONFIG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m services.desk", description=main.__doc__)
    commands = parser.add_subparsers(dest="command")
    link = commands.add_parser("link", help="print a link that signs a person in, once")
    link.add_argument("--name", default="reviewer", help="name that is recorded with decisions")
    link.add_argument(
        "--role",
        action="append",
        choices=[role.value for role in Role],
        help="a role of the person; may be repeated (default: reviewer)",
    )
    return parser


def create_link(settings: DeskSettings, name: str, roles: Sequence[str] | None) -> str:
    """Create a link that signs a person in, once; raise SetupError unless links are in use."""
    if settings.sign_in != "link":
        raise SetupError("links are not in use: DOCVERIFY_DESK_SIGN_IN is not link")
    person = Person(f"link {name}", name, frozenset(map(Role, roles or [Role.REVIEWER])))
    key = sessions.create_link_key(person, LINK_SPAN)
    return f"{settings.address}/sign-in/link?key={key}"
