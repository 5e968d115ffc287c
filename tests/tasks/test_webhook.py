"""The webhook: signed requests, what counts as received, and when it is tried again."""

import asyncio
import base64
import json
from dataclasses import replace

import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import text, update
from standardwebhooks import Webhook

from tasks.errors import SetupError
from tasks.record import deliveries as record
from tasks.record.deliveries import BACKOFF, list_deliveries, replay, stop_target, take_due
from tasks.record.delivery_tables import deliveries
from tasks.record.verdicts import write_to_database
from tasks.settings import read_settings
from tasks.webhook import MAX_ANSWER_BYTES, deliver_due
from tests.support.verdicts import READING, VERDICT, an_upload
from tests.support.web import WEBHOOK_SECRET as SECRET
from tests.support.web import serving

NEW_SECRET = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()


class Receiver:
    """A web server that keeps what it receives, and answers as the test wants."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], str]] = []
        self.answer = lambda: Response(status_code=204)
        self.seconds = 0.0
        self.app = FastAPI()
        self.app.add_api_route("/verdicts", self.receive, methods=["POST", "GET"])

    async def receive(self, request: Request) -> Response:
        self.received.append((dict(request.headers), (await request.body()).decode()))
        await asyncio.sleep(self.seconds)
        return self.answer()


@pytest.fixture(name="receiver")
def _receiver(database, monkeypatch):
    receiver = Receiver()
    monkeypatch.setenv("DOCVERIFY_WEBHOOK_SECRET", SECRET)
    with serving(receiver.app) as url:
        monkeypatch.setenv("DOCVERIFY_WEBHOOK_URL", f"{url}/verdicts")
        yield receiver
    stop_target()
    with database.begin() as connection:
        connection.execute(text("DELETE FROM deliveries"))


def record_verdict(**changes):
    verdict = replace(VERDICT, **changes)
    return write_to_database.fn(*an_upload(), READING, verdict, None)


def let_time_pass(database) -> None:
    with database.begin() as connection:
        connection.execute(update(deliveries).values(next_attempt_at=text("now()")))


def test_a_verdict_is_received_with_a_valid_signature(receiver):
    written = record_verdict()

    assert deliver_due() == 1
    [(headers, body)] = receiver.received
    message = Webhook(SECRET).verify(body, headers)
    assert message["type"] == "document.rejected"
    assert message["data"]["verdict_id"] == written.verdict_id
    assert message["data"]["previous_outcome"] is None
    assert headers["webhook-id"].startswith("msg_")
    assert deliver_due() == 0


def test_while_a_secret_is_replaced_both_are_valid(receiver, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_WEBHOOK_SECRET", f"{NEW_SECRET} {SECRET}")
    record_verdict()
    deliver_due()

    [(headers, body)] = receiver.received
    assert Webhook(SECRET).verify(body, headers) == Webhook(NEW_SECRET).verify(body, headers)


def test_no_value_of_the_holder_is_sent(receiver):
    record_verdict()
    deliver_due()

    assert "CANARY" not in str(receiver.received)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(status_code=500), "HTTP 500"),
        (Response(status_code=302, headers={"location": "/verdicts"}), "not followed"),
        (Response(b"x" * (MAX_ANSWER_BYTES + 1)), "longer than"),
    ],
)
def test_a_receiver_that_fails_is_tried_again_later(answer, error, receiver, database):
    written = record_verdict()
    receiver.answer = lambda: answer

    assert deliver_due() == 0
    assert deliver_due() == 0  # not due yet
    (delivery,) = list_deliveries("pending")
    assert (delivery.verdict_id, delivery.attempts) == (written.verdict_id, 1)
    assert error in delivery.last_error
    assert len(receiver.received) == 1

    receiver.answer = lambda: Response(status_code=200)
    let_time_pass(database)
    assert deliver_due() == 1
    assert receiver.received[0][0]["webhook-id"] == receiver.received[1][0]["webhook-id"]


def test_a_slow_receiver_does_not_hold_the_run(receiver, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_WEBHOOK_TIMEOUT", "0.5")
    receiver.seconds = 2
    record_verdict()

    assert deliver_due() == 0
    assert list_deliveries()[0].last_error == "no answer within 0.5 seconds"


def test_a_delivery_is_dead_after_its_last_attempt_and_can_be_replayed(receiver, database):
    written = record_verdict()
    receiver.answer = lambda: Response(status_code=503)
    with database.begin() as connection:
        connection.execute(update(deliveries).values(attempts=len(BACKOFF)))

    deliver_due()
    assert [each.verdict_id for each in list_deliveries("dead")] == [written.verdict_id]

    receiver.answer = lambda: Response(status_code=204)
    assert replay(dead_only=True) == 1
    assert deliver_due() == 1


def test_an_address_that_is_gone_is_given_up_at_once(receiver):
    record_verdict()
    receiver.answer = lambda: Response(status_code=410)

    deliver_due()

    assert [each.last_error for each in list_deliveries("dead")] == ["HTTP 410"]


def test_two_processes_do_not_take_the_same_delivery(receiver):
    record_verdict()

    assert len(take_due(10)) == 1
    assert take_due(10) == []


def test_a_late_result_does_not_change_a_delivery_that_was_replayed(receiver):
    written = record_verdict()
    (taken,) = take_due(10)
    replay([written.verdict_id])
    take_due(10)
    replay([written.verdict_id])

    record.record_attempt(taken, None)

    assert list_deliveries()[0].state == "pending"


def test_verdicts_from_before_the_webhook_can_be_replayed(database, receiver, monkeypatch):
    url = read_settings().webhook_url
    monkeypatch.delenv("DOCVERIFY_WEBHOOK_URL")
    earlier = record_verdict()
    monkeypatch.setenv("DOCVERIFY_WEBHOOK_URL", url)

    assert deliver_due() == 0
    assert replay([earlier.verdict_id]) == 1
    assert deliver_due() == 1
    assert json.loads(receiver.received[0][1])["data"]["verdict_id"] == earlier.verdict_id


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK_URL", "http://example.org/"),
        ("WEBHOOK_URL", "https://user:secret@example.org/"),
        ("WEBHOOK_URL", "file:///etc/passwd"),
        ("WEBHOOK_URL", "https://"),
        ("WEBHOOK_SECRET", "whsec_short"),
        ("WEBHOOK_SECRET", "x" * 40),
        ("WEBHOOK_SECRET", ""),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(name, value, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_WEBHOOK_URL", "https://loans.example.org/verdicts")
    monkeypatch.setenv("DOCVERIFY_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv(f"DOCVERIFY_{name}", value)

    with pytest.raises(SetupError, match=f"DOCVERIFY_{name}") as error:
        read_settings()
    assert "secret@" not in str(error.value)
