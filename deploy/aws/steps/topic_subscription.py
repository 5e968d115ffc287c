"""The topic's subscription: posts to the webhook or gateway, once that is confirmed.

SNS sends nothing until somebody proves that he receives what is posted there. The gateway does so
itself. Prefect Cloud does not; but it turns the request into an event, so the token is read there
and given to SNS by its API: no URL is opened, and only the account can end the subscription.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, compare, differs, missing
from deploy.aws.s3_to_sns import RETRIES
from deploy.aws.steps import dead_letters, topic, webhook
from deploy.aws.target import Target

CONFIRMATION_SECONDS = 60.0
REQUESTED = "subscription.confirmation.requested"


def check(target: Target) -> Finding:
    """Look at the subscription, at its confirmation and at what becomes of failed deliveries."""
    if topic.attributes(target) is None:
        raise NotYet("the topic")
    found = _subscription(target)
    if found is None:
        return missing(_shown(target))
    if not found.startswith("arn:"):
        return differs(f"{_shown(target)}: not confirmed")
    sns = target.aws("sns")
    attributes = sns.get_subscription_attributes(SubscriptionArn=found)["Attributes"]
    properties = {name: json.loads(attributes.get(name, "{}")) for name in _attributes(target)}
    return compare(_shown(target), _attributes(target), properties)


def apply(target: Target) -> None:
    """Subscribe, confirm, and end the subscriptions of URLs that are no longer ours."""
    found = _subscription(target)
    if found is None or not found.startswith("arn:"):
        begun = datetime.now(UTC)
        _subscribe(target)
        _confirm(target, begun)
    else:
        _set_attributes(target, found)
    _end_others(target)


def destroy(target: Target) -> str:
    """End the subscription; what it could not deliver stays in the queue until that is removed."""
    if topic.attributes(target) is None:
        return "was not there"
    ours = [each for each in _subscriptions(target) if _is_ours(target, each)]
    for each in ours:
        _end(target, each)
    return f"{len(ours)} subscription" if ours else "was not there"


def endpoint(target: Target) -> str:
    """Return what SNS posts to: the webhook of Prefect Cloud, or our gateway."""
    if target.is_cloud:
        return webhook.url(target)
    if not target.environment.gateway:
        raise DeployError("gateway: name the address of services.gateway that SNS reaches")
    return target.environment.gateway


def token(target: Target, since: datetime) -> str | None:
    """Find what SNS sent to the webhook since then for our topic; it is worth nothing elsewhere."""
    events = target.prefect.request("POST", "/events/filter", json=_query(since)).json()["events"]
    for event in events:
        if event["payload"].get("topic_arn") == topic.arn(target):
            sent = parse_qs(urlsplit(event["payload"]["subscribe_url"]).query)
            return "".join(sent.get("Token", [])) or None
    return None


def _query(since: datetime) -> dict[str, Any]:
    return {
        "filter": {
            "occurred": {"since": since.isoformat()},
            "event": {"name": [REQUESTED]},
            "resource": {"id": ["sns.subscription"]},
            "order": "DESC",
        },
        "limit": 50,
    }


def _confirm(target: Target, begun: datetime) -> None:
    deadline = time.monotonic() + CONFIRMATION_SECONDS
    while not (_subscription(target) or "").startswith("arn:"):
        sent = token(target, begun) if target.is_cloud else None
        if sent is not None:
            target.aws("sns").confirm_subscription(
                TopicArn=topic.arn(target), Token=sent, AuthenticateOnUnsubscribe="true"
            )
            return
        if time.monotonic() > deadline:
            raise DeployError(_not_confirmed(target))
        time.sleep(1)


def _not_confirmed(target: Target) -> str:
    if target.is_cloud:
        return (
            "SNS's request to confirm did not reach the webhook: see in Prefect Cloud that the "
            "webhook is enabled and that the account does not enforce its authentication, which "
            "SNS cannot do"
        )
    return (
        f"the gateway did not confirm: see that {target.environment.gateway} leads to "
        f"services.gateway, and that DOCVERIFY_GATEWAY_TOPICS has {topic.arn(target)}"
    )


def _attributes(target: Target) -> dict[str, object]:
    return {
        "DeliveryPolicy": RETRIES,
        "RedrivePolicy": {"deadLetterTargetArn": dead_letters.arn(target)},
    }


def _subscribe(target: Target) -> None:
    address = endpoint(target)
    target.aws("sns").subscribe(
        TopicArn=topic.arn(target),
        Protocol=urlsplit(address).scheme,
        Endpoint=address,
        Attributes={name: json.dumps(value) for name, value in _attributes(target).items()},
        ReturnSubscriptionArn=True,
    )


def _set_attributes(target: Target, subscription: str) -> None:
    for name, value in _attributes(target).items():
        target.aws("sns").set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName=name, AttributeValue=json.dumps(value)
        )


def _subscriptions(target: Target) -> list[dict[str, str]]:
    pages = target.aws("sns").get_paginator("list_subscriptions_by_topic")
    return [
        each
        for page in pages.paginate(TopicArn=topic.arn(target))
        for each in page["Subscriptions"]
    ]


def _subscription(target: Target) -> str | None:
    """Return the ARN of ours, which is "PendingConfirmation" before that; None if there is none."""
    address = endpoint(target)
    return next(
        (each["SubscriptionArn"] for each in _subscriptions(target) if each["Endpoint"] == address),
        None,
    )


def _is_ours(target: Target, subscription: dict[str, str]) -> bool:
    ours = webhook.hooks() if target.is_cloud else target.environment.gateway
    return bool(ours) and subscription["Endpoint"].startswith(ours)


def _end_others(target: Target) -> None:
    address = endpoint(target)
    for each in _subscriptions(target):
        if _is_ours(target, each) and each["Endpoint"] != address:
            _end(target, each)


def _end(target: Target, subscription: dict[str, str]) -> None:
    """Unsubscribe; what was never confirmed has no name to do so, and ends after two days."""
    if subscription["SubscriptionArn"].startswith("arn:"):
        target.aws("sns").unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])


def _shown(target: Target) -> str:
    """Name the endpoint without the part that is a secret."""
    address = endpoint(target)
    return f"{webhook.hooks()}…" if target.is_cloud else address
