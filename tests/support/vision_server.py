"""A stand-in for Cloud Vision on loopback that behaves as Google documents it.

It checks path, method, credentials, sizes, and each request and answer against the discovery
document. It leaves out what is zero or empty, as the JSON of protocol buffers does.
"""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from deploy.local.child_server import LOOPBACK
from tests.support.discovery import discovery, validator
from tests.support.http_server import Request, Response, http_server

KEY, TOKEN = "key-of-the-project", "token-of-a-person"
PATH = "/" + discovery()["resources"]["images"]["methods"]["annotate"]["path"]
MAX_BYTES, MAX_IMAGES = 10 * 1024 * 1024, 16
CANARY = "canary: what was sent, quoted in a message"


@dataclass(frozen=True)
class Failure:
    """A whole request that is refused, or not answered while the server runs."""

    status: int
    headers: dict = field(default_factory=dict)
    body: object = None
    stalls: bool = False

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body or envelope(self.status)).encode()


def envelope(code, status="", reason="", **metadata):
    """The envelope of an error: google.rpc.Status with ErrorInfo."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    info |= {"domain": "googleapis.com", "metadata": metadata}
    help_ = {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"url": CANARY}]}
    error = {"code": code, "message": CANARY, "status": status, "details": [help_, info]}
    return {"error": error}


@dataclass
class VisionServer:
    """Its next responses, and the requests that it received."""

    url: str = ""
    answers: list = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    requests: list[dict] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def refusal(self, headers, body: bytes) -> Failure | None:
        """What is wrong with a request, by Google's documentation."""
        if self.failures:
            return self.failures.pop(0)
        if headers.get("X-Goog-Api-Key", KEY) != KEY:
            return Failure(400, body=envelope(400, "INVALID_ARGUMENT", "API_KEY_INVALID"))
        if headers.get("Authorization", f"Bearer {TOKEN}") != f"Bearer {TOKEN}":
            return Failure(401, body=envelope(401, "UNAUTHENTICATED"))
        if not {"X-Goog-Api-Key", "Authorization"} & set(headers):
            return Failure(403, body=envelope(403, "PERMISSION_DENIED"))
        images = json.loads(body)["requests"]
        if len(body) > MAX_BYTES or len(images) > MAX_IMAGES:
            return Failure(400, body=envelope(400, "INVALID_ARGUMENT"))
        return None

    def respond(self, request: Request) -> Response | None:
        """Refuse a request, or check it and answer it; None if the client has gone."""
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        if request.path != PATH:
            return Response(404, b"<html>not found</html>")
        refused = self.refusal(request.headers, request.content)
        if refused and refused.stalls:
            self.ended.wait()
            return None
        if refused:
            return Response(refused.status, refused.content, refused.headers)
        sent = json.loads(request.content)
        validator("BatchAnnotateImagesRequest").validate(sent)
        self.requests.append(sent)
        return Response(200, self.answer(sent))

    def answer(self, request: dict) -> dict:
        """The next prepared answer for each image; a function reads the image itself."""
        responses = []
        for image in request["requests"]:
            prepared = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            content = b64decode(image["image"]["content"], validate=True)
            responses.append(prepared(content) if callable(prepared) else prepared)
        answer = {"responses": responses}
        validator("BatchAnnotateImagesResponse").validate(answer)
        return answer


@contextmanager
def vision_server() -> Iterator[VisionServer]:
    """Serve on a port of its own."""
    vision = VisionServer(answers=[{}])
    with http_server(vision.respond) as port:
        vision.url = f"http://{LOOPBACK}:{port}"
        try:
            yield vision
        finally:
            vision.ended.set()


def annotation(*paragraphs, confidence=0.96):
    """The answer for an image with paragraphs of lines; each line a place and its text."""
    blocks = [paragraph_of(lines, confidence) for lines in paragraphs]
    page = {"width": 1000, "height": 700, "blocks": [{"paragraphs": blocks, "blockType": "TEXT"}]}
    return {"fullTextAnnotation": {"pages": [page], "text": "left out"}}


def paragraph_of(lines, confidence):
    words = []
    for (left, top), text in lines:
        line = words_of(text, left, top, confidence)
        line[-1]["symbols"][-1]["property"] = broken("EOL_SURE_SPACE")
        words += line
    words[-1]["symbols"][-1]["property"] = broken("LINE_BREAK")
    return {"words": words}


def words_of(text, left, top, confidence, pitch=18, size=20):
    words, start = [], 0
    for word in text.split(" "):
        right = left + (start + len(word)) * pitch
        symbols = [symbol(character, confidence) for character in word]
        symbols[-1]["property"] = broken("SPACE")
        corners = [(left + start * pitch, top), (right, top), (right, top + size)]
        corners.append((left + start * pitch, top + size))
        words.append({"symbols": symbols, "boundingBox": polygon(corners)})
        start += len(word) + 1
    return words


def symbol(character, confidence):
    return {"text": character} | ({"confidence": confidence} if confidence else {})


def polygon(corners):
    points = [{"x": round(x), "y": round(y)} for x, y in corners]
    return {"vertices": [{axis: n for axis, n in point.items() if n} for point in points]}


def broken(kind, **more):
    return {"detectedBreak": {"type": kind} | more}
