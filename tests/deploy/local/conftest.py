"""A record that no other module has written to: its documents would count as duplicates."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.conftest import fresh_record


@pytest.fixture(scope="module")
def database(postgres_url: str) -> Iterator[Engine]:
    """The record of this module."""
    with fresh_record(postgres_url) as record:
        yield record
