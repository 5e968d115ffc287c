"""The webhook's template with messages as AWS documents them, as moto sends them, and others."""

import json
from urllib.parse import quote_plus, unquote_plus

import pytest
from jinja2 import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from prefect.server.utilities.user_templates import (
    render_user_template_sync,
    validate_user_template,
)

from services.gateway.template import WEBHOOK, read_template, render, webhook_text
from tests.support.sns_messages import (
    SUBSCRIBE_URL,
    TEST_EVENT,
    TOPIC,
    compact,
    confirmation,
    envelope,
    eventbridge,
    moto_record,
    raw_headers,
    record,
    s3_message,
)
from tests.support.webhook_events import MESSAGE_ID, event, raw, wrapped

TRICKY_KEYS = {
    "plain": "inbox/passport.png",
    "space": "inbox/red+flower.jpg",
    "plus": "inbox/a%2Bb.png",
    "quote and backslash": "inbox/%22a%5Cb%22.png",
    "braces": "inbox/%7B%7B+body+%7D%7D.png",
    "unicode": quote_plus("inbox/żółć-документ-旅券.png", safe="/"),
    "slash as moto encodes it": "inbox%2Fpassport.png",
    "1 KB of unicode": "%E6%97%85" * 341,
    "what S3 leaves as it is": "inbox/a-b_c.d*~(e)!'f.png",
}


@pytest.mark.parametrize("deliver", [wrapped, raw])
def test_created_object_becomes_an_event_with_only_its_place(deliver):
    assert deliver(record("inbox/red+flower.jpg")) == {
        "event": "notification.received",
        "id": MESSAGE_ID,
        "resource": {
            "prefect.resource.id": "bucket.file.inbox/red+flower.jpg",
            "prefect.resource.name": "inbox/red+flower.jpg",
            "bucket": "documents",
        },
        "payload": {
            "bucket": "documents",
            "key": "inbox/red+flower.jpg",
            "version_id": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
            "etag": "d41d8cd98f00b204e9800998ecf8427e",
            "sequencer": "0055AED6DCD90281E5",
            "event_time": "2026-03-01T10:00:00.000Z",
            "event_name": "ObjectCreated:Put",
            "more": [],
        },
    }


@pytest.mark.parametrize("key", TRICKY_KEYS.values(), ids=TRICKY_KEYS)
@pytest.mark.parametrize("deliver", [wrapped, raw])
def test_key_keeps_the_encoding_of_s3(deliver, key):
    assert deliver(record(key))["payload"]["key"] == key


def test_message_with_spaces_gives_the_same_event():
    spaced = envelope(json.dumps(s3_message(moto_record("inbox%2Fa+b.png"))))

    payload = event(spaced)["payload"]

    assert (payload["bucket"], payload["key"]) == ("documents", "inbox%2Fa+b.png")
    assert (payload["version_id"], payload["sequencer"]) == ("", "")


@pytest.mark.parametrize("deliver", [wrapped, raw])
def test_bucket_without_versions_gives_an_empty_version(deliver):
    assert deliver(record(version_id=None))["payload"]["version_id"] == ""


@pytest.mark.parametrize("deliver", [wrapped, raw])
def test_every_object_of_a_message_is_in_the_event(deliver):
    payload = deliver(record("a"), record("b", bucket="second"), record("c", version_id=None))[
        "payload"
    ]

    etag = "d41d8cd98f00b204e9800998ecf8427e"
    version = "096fKKXTRTtl3on89fVO.nfljtsv6qko"
    assert payload["key"] == "a"
    assert payload["more"] == [
        {"bucket": "second", "key": "b", "version_id": version, "etag": etag},
        {"bucket": "documents", "key": "c", "version_id": "", "etag": etag},
    ]


@pytest.mark.parametrize("deliver", [wrapped, raw])
def test_removed_objects_are_left_out(deliver):
    removed = record("gone", event_name="ObjectRemoved:Delete")

    payload = deliver(removed, record("kept"), removed)["payload"]

    assert (payload["key"], payload["more"]) == ("kept", [])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(TEST_EVENT, "test event", id="raw test event"),
        pytest.param(envelope(compact(TEST_EVENT)), "test event", id="wrapped test event"),
        pytest.param(
            envelope(compact(s3_message(record(event_name="ObjectRemoved:Delete")))),
            "no object was created",
            id="only removals",
        ),
        pytest.param(s3_message(record(key="")), "no object was created", id="empty key"),
        pytest.param(s3_message(record(key="a\ud800")), "no object was created", id="surrogate"),
        pytest.param(s3_message(record(key="a\0")), "no object was created", id="NUL"),
        pytest.param(s3_message(), "not an S3 notification", id="no records"),
        pytest.param(envelope("Your build passed"), "not an S3 notification", id="prose"),
        pytest.param("Your build passed", "not an S3 notification", id="text"),
        pytest.param([{"Records": 1}], "not an S3 notification", id="list"),
        pytest.param(None, "not an S3 notification", id="nothing"),
    ],
)
def test_message_without_a_new_object_is_ignored_with_a_reason(body, reason):
    ignored = event(body)
    ignored.pop("id", None)

    assert ignored == {
        "event": "notification.ignored",
        "resource": {"prefect.resource.id": "sns.message"},
        "payload": {"reason": reason},
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("SubscriptionConfirmation", "subscription.confirmation.requested"),
        ("UnsubscribeConfirmation", "unsubscribe.confirmation.requested"),
    ],
)
def test_confirmation_request_has_the_topic_and_the_url(kind, name):
    requested = event(confirmation(kind))

    assert requested["event"] == name
    assert requested["payload"] == {"topic_arn": TOPIC, "subscribe_url": SUBSCRIBE_URL}


@pytest.mark.parametrize("message_id", ["", "7", "not-a-uuid", "g" * 36, MESSAGE_ID + "0", 7, None])
def test_id_that_is_not_a_uuid_is_left_out(message_id):
    assert "id" not in event({"MessageId": message_id})


def folder(key: str, size: int = 0) -> dict:
    made = record(key)
    made["s3"]["object"]["size"] = size
    return made


@pytest.mark.parametrize("deliver", [wrapped, raw])
@pytest.mark.parametrize("key", ["inbox/2026-11/", "inbox%2F2026-11%2F"])
def test_folder_of_a_console_is_ignored_with_the_reason(deliver, key):
    assert deliver(folder(key))["payload"] == {"reason": "a folder is not a document"}
    assert deliver(folder(key), record("kept"))["payload"]["key"] == "kept"
    assert deliver(folder(key, size=10))["payload"]["key"] == key


def bridged(made: dict) -> dict:
    return event(envelope(compact(made), message_id=MESSAGE_ID))


@pytest.mark.parametrize("deliver", [bridged, event])
def test_object_created_of_eventbridge_is_the_same_event_as_that_of_s3(deliver):
    found, same = deliver(eventbridge("inbox/red flower.jpg")), wrapped(record())["payload"]

    assert found["event"] == "notification.received"
    assert found["resource"]["prefect.resource.id"] == "bucket.file.inbox/red%20flower.jpg"
    assert found["payload"] == same | {
        "key": "inbox/red%20flower.jpg",
        "event_time": "2026-03-01T10:00:00Z",
        "event_name": "ObjectCreated:PutObject",
    }
    assert found["id"] in (MESSAGE_ID, eventbridge()["id"])


@pytest.mark.parametrize(
    "key", ["a b", "a+b", "50%25", "ł ó ż-旅券", "{{ x }}", "'quoted'", "a&b=c?d#e", "\U0001f4a0"]
)
def test_key_of_eventbridge_is_encoded_so_that_a_run_decodes_it(key):
    for found in (event(eventbridge(key)), event(envelope(compact_utf8(eventbridge(key))))):
        assert unquote_plus(found["payload"]["key"]) == key


def compact_utf8(made: dict) -> str:
    return json.dumps(made, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("key", ['a"b', "a\\b", "a\nb", "ł"])
def test_escaped_key_is_left_to_reconciliation_and_never_taken_for_another_key(key):
    ignored = event(envelope(json.dumps(eventbridge(key))))

    assert ignored["payload"] == {"reason": "the key has escaped characters"}
    assert unquote_plus(event(eventbridge(key))["payload"]["key"]) == key


@pytest.mark.parametrize("deliver", [bridged, event])
def test_other_events_of_eventbridge_are_ignored(deliver):
    assert deliver(eventbridge(kind="Object Deleted"))["payload"] == {
        "reason": "no object was created"
    }
    assert deliver(eventbridge("inbox/a/", size=0))["payload"] == {
        "reason": "a folder is not a document"
    }


@pytest.mark.parametrize(
    "body",
    [{"file_key": "inbox/a b.png"}, envelope('{"file_key": "inbox/a b.png"}')],
    ids=["bare", "wrapped"],
)
def test_body_with_only_a_key_leaves_the_bucket_to_the_run(body):
    found = event(body)

    assert found["resource"]["prefect.resource.id"] == "bucket.file.inbox/a%20b.png"
    assert found["resource"]["bucket"] == "-"
    assert (found["payload"]["bucket"], found["payload"]["key"]) == ("", "inbox/a%20b.png")


@pytest.mark.parametrize("key", ["", 7, None, ["a"], "\ud800", "a" * 1025])
def test_body_with_an_invalid_key_is_ignored(key):
    assert event({"file_key": key})["event"] == "notification.ignored"


def test_headers_are_not_in_the_event():
    headers = raw_headers(MESSAGE_ID) | {"authorization": "Basic c2VjcmV0"}

    assert "c2VjcmV0" not in render("POST", headers, s3_message(record()))


def test_long_key_is_cut_only_in_the_resource():
    key = "0123456789ABCDEF" * 192

    long = wrapped(record(key))

    assert long["payload"]["key"] == key
    assert long["resource"]["prefect.resource.id"] == f"bucket.file.{key[:2048]}"


def test_webhook_json_is_generated_from_the_template():
    """`python -m services.gateway.template` writes it."""
    assert WEBHOOK.read_text() == webhook_text()


def test_prefect_renders_the_same_event():
    template = read_template()
    body = envelope(compact(s3_message(record(), record("b"))))
    context = {"method": "POST", "headers": {}, "body": body}

    validate_user_template(template)

    assert render_user_template_sync(template, context) == render("POST", {}, body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(envelope(compact(s3_message(record(version_id=None)))), id="wrapped"),
        pytest.param(s3_message(record(version_id=None)), id="raw"),
        pytest.param(confirmation(), id="confirmation"),
        pytest.param(eventbridge(), id="EventBridge"),
        pytest.param(envelope(compact(eventbridge())), id="EventBridge, wrapped"),
        pytest.param({"file_key": "inbox/a"}, id="only a key"),
        pytest.param({}, id="nothing"),
    ],
)
def test_template_renders_the_same_with_strict_undefined_values(body):
    """Prefect does not document how Prefect Cloud treats an undefined value."""
    template = ImmutableSandboxedEnvironment(undefined=Undefined).from_string(read_template())

    assert template.render(method="POST", headers={}, body=body) == render("POST", {}, body)
