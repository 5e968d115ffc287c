"""Events that the webhook's template renders."""

import json

from services.gateway.template import render
from tests.support.sns_messages import compact, envelope, raw_headers, s3_message

MESSAGE_ID = "da41e39f-ea4d-435a-b922-c6aae3915ebe"


def event(body: object, headers: dict[str, str] | None = None) -> dict:
    return json.loads(render("POST", headers or {}, body))


def wrapped(*records: dict) -> dict:
    return event(envelope(compact(s3_message(*records)), message_id=MESSAGE_ID))


def raw(*records: dict) -> dict:
    return event(s3_message(*records), raw_headers(MESSAGE_ID))
