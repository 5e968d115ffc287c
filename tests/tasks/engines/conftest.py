"""A stand-in for Cloud Vision, and settings that lead to it."""

import pytest

from tests.support.vision_calls import settings_for
from tests.support.vision_server import KEY, vision_server


@pytest.fixture(name="vision")
def _vision():
    with vision_server() as server:
        yield server


@pytest.fixture(name="vision_settings")
def _vision_settings(vision):
    return settings_for(vision.url, google_api_key=KEY)
