"""What the code asks of AWS, watched where every client passes; and SNS's confirmation, which
moto lacks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from botocore.client import BaseClient
from botocore.retries.standard import ExponentialBackoff

from tests.support.polling import PATIENCE

READING = ("Describe", "Get", "Head", "List")


@dataclass(frozen=True)
class Call:
    """One request to AWS."""

    service: str
    operation: str
    parameters: dict[str, Any] = field(compare=False)
    answer: dict[str, Any] = field(compare=False, default_factory=dict)

    @property
    def changes(self) -> bool:
        return not self.operation.startswith(READING)


@contextmanager
def without_pauses_of_boto() -> Iterator[None]:
    """Let boto3 repeat requests at once: its own pauses are drawn at random, up to 20 seconds."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.0)
        yield


@contextmanager
def watched(
    monkeypatch: Any, after: Callable[[Call, Any], Any] = lambda _call, answer: answer
) -> Iterator[list[Call]]:
    """List every call while the block runs; `after` sees each answer, and may give another."""
    calls: list[Call] = []
    original = BaseClient._make_api_call

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        made = Call(client.meta.service_model.service_name, operation, parameters)
        calls.append(made)
        answer = original(client, operation, parameters)
        made.answer.update(answer)
        return after(made, answer)

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", call)
        yield calls


class ConfirmingSns:
    """Ask every https subscriber to confirm, as AWS does, and wait for it."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        self.confirmed: set[str] = set()

    def __call__(self, call: Call, answer: Any) -> Any:
        handle = getattr(self, f"_{call.operation}", None)
        return handle(call.parameters, answer) if call.service == "sns" and handle else answer

    def _Subscribe(self, asked: dict[str, Any], answer: Any) -> Any:
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = answer["SubscriptionArn"]
        topic = asked["TopicArn"]
        url = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}"
        envelope = {
            "Type": "SubscriptionConfirmation",
            "TopicArn": topic,
            "Token": token,
            "SubscribeURL": f"{url}&Token={token}",
        }
        requests.post(asked["Endpoint"], json=envelope, timeout=PATIENCE)
        return answer

    def _ConfirmSubscription(self, asked: dict[str, Any], answer: Any) -> Any:
        assert asked["AuthenticateOnUnsubscribe"] == "true"
        self.confirmed.add(self.tokens[asked["Token"]])
        return answer

    def _ListSubscriptionsByTopic(self, _asked: dict[str, Any], answer: Any) -> Any:
        for each in answer["Subscriptions"]:
            if each["SubscriptionArn"] not in self.confirmed:
                each["SubscriptionArn"] = "PendingConfirmation"
        return answer
