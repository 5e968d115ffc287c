"""The desk on loopback, with the record of the tests.

A desk ends with its module, because it records every decision that is due.
"""

from collections.abc import Iterator

import pytest

from services.desk.app import create_app
from services.desk.settings import DeskSettings
from tests.support.desk_browser import CHROMIUM
from tests.support.web import serving


@pytest.fixture(scope="module")
def desk(database, bucket) -> Iterator[str]:
    """The URL of a desk whose decisions can be undone for an hour."""
    with serving(create_app(DeskSettings(undo_seconds=3600, requests_per_minute=100_000))) as url:
        yield url


@pytest.fixture(scope="module")
def quick_desk(database, bucket) -> Iterator[str]:
    """The URL of a desk that records decisions at once."""
    with serving(create_app(DeskSettings(undo_seconds=0, requests_per_minute=100_000))) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Chromium, as Debian builds it.

    For one module: while Playwright runs, no other test of the process can use asyncio.run.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
