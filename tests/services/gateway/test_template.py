"""The webhook's template with messages as AWS documents them, as moto sends them, and others."""

import json
import sys
from time import thread_time
from urllib.parse import quote, quote_plus, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
from tests.support.thoroughness import examples

MESSAGE_ID = "da41e39f-ea4d-435a-b922-c6aae3915ebe"
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


def event(body: object, headers: dict[str, str] | None = None) -> dict:
    return json.loads(render("POST", headers or {}, body))


def wrapped(*records: dict) -> dict:
    return event(envelope(compact(s3_message(*records)), message_id=MESSAGE_ID))


def raw(*records: dict) -> dict:
    return event(s3_message(*records), raw_headers(MESSAGE_ID))


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


LARGEST = 256 * 1024  # characters of a message that SNS accepts
MOST_WORK = 2.0  # seconds of processor time
TRIES = 5  # of which the fastest counts: other work on the core slows the others


def needs_little_work(body: object) -> bool:
    """Return whether one of a few renderings needs less processor time than is allowed."""
    return any(measure_work(body) < MOST_WORK for _ in range(TRIES))


def measure_work(body: object) -> float:
    """Measure the processor time of one rendering in seconds, without a tracer of coverage."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        start = thread_time()
        event(body)
        return thread_time() - start
    finally:
        sys.settrace(tracer)


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("[" * 100_000, id="deep"),
        pytest.param('{"Records":[' + "{}," * 30_000, id="many records"),
        pytest.param("\\" * 100_000, id="backslashes"),
        pytest.param('"' * 100_000, id="quotes"),
        pytest.param('"' * 60_000, id="as many quotes as are read"),
        pytest.param("{}" * 10_000, id="as many brackets as are read"),
        pytest.param('{"Records":[{' + '"eventName":"",' * 14_000, id="many values"),
        pytest.param("{}" * (LARGEST // 2), id="largest with brackets"),
        pytest.param('"":' * (LARGEST // 3), id="largest with names"),
        pytest.param('{"Records":[' + '{"a":""},' * (LARGEST // 9), id="largest with records"),
    ],
)
def test_long_hostile_message_is_ignored_without_much_work(hostile):
    assert event(envelope(hostile))["event"] == "notification.ignored"
    assert needs_little_work(envelope(hostile))


def test_largest_raw_message_is_rendered_without_much_work():
    largest = {"Records": [{}] * (LARGEST // 3)}

    assert event(largest)["event"] == "notification.ignored"
    assert needs_little_work(largest)


def test_all_objects_of_the_largest_message_of_s3_are_in_the_event():
    full = record("k")
    count = LARGEST // len(compact(full))
    message = envelope(compact(s3_message(*[full] * count)))

    assert len(event(message)["payload"]["more"]) == count - 1
    assert needs_little_work(message)


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


names = st.sampled_from(
    [
        *("Type", "Message", "MessageId", "Records", "s3", "bucket", "object", "key", "eventName"),
        *("detail", "detail-type", "source", "file_key", "size", "id", "reason"),
    ]
)
texts = st.text(st.characters()) | st.sampled_from(
    ["Notification", "SubscriptionConfirmation", "ObjectCreated:Put", '{"Records":[{"s3":{']
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | texts, inner, max_size=6),
    max_leaves=20,
)


@examples(300)
@given(body=json_values, headers=st.dictionaries(names | texts, texts, max_size=3))
def test_any_body_renders_to_an_event(body, headers):
    rendered = event(body, headers)

    assert rendered.keys() - {"id"} == {"event", "resource", "payload"}
    assert rendered["resource"]["prefect.resource.id"]


@examples(200)
@given(text=texts | json_values.map(json.dumps))
def test_any_message_in_an_envelope_renders_to_an_event(text):
    assert event(envelope(text))["payload"]


def shuffled(draw, value):
    """Return the same JSON with its fields in another order."""
    if not isinstance(value, dict):
        return value
    fields = draw(st.permutations(list(value.items())))
    return {name: shuffled(draw, inner) for name, inner in fields}


@st.composite
def records(draw):
    """Draw a record of S3 with arbitrary text in the fields that do not matter."""
    encode = draw(st.sampled_from([quote_plus, lambda text: quote_plus(text, safe="/"), quote]))
    key = encode(draw(st.text(min_size=1, max_size=60)))
    made = record(
        key,
        event_name=draw(
            st.sampled_from(["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectRemoved:Delete"])
        ),
        version_id=draw(st.sampled_from([None, "v1", "null"])),
    )
    noise = st.text(st.characters()) | st.sampled_from(
        ['"key":"x"', "}]}", '"s3":{"object":{', "\\"]
    )
    made["userIdentity"]["principalId"] = draw(noise)
    made["s3"]["configurationId"] = draw(noise)
    made["s3"]["bucket"]["ownerIdentity"] = {
        "principalId": draw(noise),
        "name": draw(noise),
        "key": "x",
    }
    made["glacierEventData"] = {"restoreEventData": {"key": draw(noise), "name": draw(noise)}}
    return shuffled(draw, made)


def created(made: list[dict]) -> list[tuple[str, str]]:
    return [
        (one["s3"]["object"]["key"], one["s3"]["object"].get("versionId", ""))
        for one in made
        if one["eventName"].startswith("ObjectCreated:")
    ]


@examples(200)
@given(
    made=st.lists(records(), min_size=1, max_size=4),
    style=st.sampled_from([{"separators": (",", ":")}, {}, {"indent": 2}, {"ensure_ascii": False}]),
)
def test_order_spacing_and_other_fields_do_not_change_the_objects(made, style):
    expected = created(made)

    for rendered in (event(envelope(json.dumps(s3_message(*made), **style))), raw(*made)):
        payload = rendered["payload"]
        found = [payload, *payload["more"]] if "key" in payload else []
        assert [(one["key"], one["version_id"]) for one in found] == expected
