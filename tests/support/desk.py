"""The desk as people use it: documents that wait, and sessions of people."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from uuid import uuid4

import requests

from docverify.applicant import Applicant
from docverify.page import Reading
from docverify.policy import STANDARD, Policy
from docverify.verdict import judge
from services.desk import sessions
from services.desk.app import LINK_SPAN
from services.desk.people import Person, Role
from tasks.record.connection import transaction
from tasks.record.policies import record_policy
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload
from tests.support.readings import PRINTED, TODAY, page, reading

COOKIE = "docverify-desk-session"
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


def refer(
    *,
    read: Reading | None = None,
    policy: Policy = STANDARD,
    key: str = "",
    version: str = "v1",
    sha256: str = "",
    applicant: Applicant | None = None,
    bucket: str = "documents",
) -> int:
    """Record a document, and return its verdict; without a reading, one whose birth dates differ
    from what the applicant states, so that a person must look."""
    if read is None:
        read = reading(page())
        applicant = applicant or Applicant("LOUISE ANN MERIDIAN", TODAY)
    with transaction() as connection:
        record_policy(connection, policy)
    verdict = judge(read, today=TODAY, policy=policy, applicant=applicant)
    upload = Upload(bucket, key or f"inbox/{uuid4()}.jpg", version)
    file = File(b"x", sha256 or uuid4().hex, 1, version, applicant)
    return write_to_database.fn(upload, file, read, verdict, None).verdict_id


def misread(**printed: str) -> Reading:
    """Return the reading of a passport some of whose printed values were misread."""
    return reading(page(printed={**PRINTED, **printed}))


class Visitor:
    """A person with a session at the desk, as a program."""

    def __init__(
        self, url: str, name: str, roles: Iterable[Role] = (Role.REVIEWER,), subject: str = ""
    ) -> None:
        """Sign in by a one-time link, as the person of a subject; empty: that of the name."""
        self.url = url
        self.browser = requests.Session()
        person = Person(subject or f"link {name}", name, frozenset(roles))
        self.post("/sign-in/link", key=sessions.create_link_key(person, LINK_SPAN))
        self.token = self.find_token("/search")

    def get(self, path: str, **options: object) -> requests.Response:
        """Open a page."""
        return self.browser.get(f"{self.url}{path}", timeout=60, **options)

    def post(self, path: str, **form: str) -> requests.Response:
        """Send a form, with the token of this session unless another one is given."""
        if "form_token" not in form and hasattr(self, "token"):
            form["form_token"] = self.token
        return self.browser.post(f"{self.url}{path}", data=form, timeout=60)

    def find_token(self, path: str) -> str:
        """Return the token that the forms of a page send."""
        found = TOKEN.search(self.get(path).text)
        assert found, "the page has no form"
        return found[1]

    def read(self, path: str) -> str:
        """Return the text of a page, without its tags."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def open_with(url: str, cookie: str) -> requests.Response:
    """Open the search page with a cookie."""
    cookies = {COOKIE: cookie}
    return requests.get(f"{url}/search", cookies=cookies, allow_redirects=False, timeout=30)
