"""The web application: health, the read API, and the pages of the desk."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from services.desk import api
from services.desk.settings import DeskSettings


def create_app(settings: DeskSettings) -> FastAPI:
    """Build the application; it connects to the database when a request needs it."""
    app = FastAPI(
        title="docverify",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.settings = settings
    app.add_api_route("/health", report_health, methods=["GET"], include_in_schema=False)
    app.include_router(api.router)
    return app


async def report_health() -> str:
    """Return `ok` while the desk listens."""
    return "ok"


def main() -> None:
    """Serve until stopped."""
    try:
        settings = DeskSettings()
    except ValidationError as error:
        names = ", ".join(f"DOCVERIFY_DESK_{each['loc'][0]}".upper() for each in error.errors())
        sys.exit(f"not a valid setting: {names}")
    app = create_app(settings)
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False, server_header=False)
