"""What the tests of Cloud Vision send, and its settings."""

import numpy as np
from pydantic import SecretStr

from docverify.reading.cloud.encoding import encode
from tasks.settings import Settings
from tests.support.vision_server import annotation

ZONE = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
PASSPORT = annotation(
    [((100, 100), "Surname / Nom"), ((100, 130), "ERIKSSON")],
    [((60, 600), ZONE[0][:20] + " " + ZONE[0][20:]), ((60, 640), ZONE[1])],
)
PAGE = encode(np.full((700, 1000, 3), 200, np.uint8))


def settings_for(url, **more):
    secrets = {name: SecretStr(value) for name, value in more.items() if name != "google_project"}
    plain = {name: value for name, value in more.items() if name == "google_project"}
    return Settings(google_url=url, cloud_timeout=60, **secrets, **plain)


def texts(page):
    return [line.text for line in page.lines]
