"""The topic's subscription: SNS posts to the webhook or gateway once the subscription is confirmed.

SNS sends a token to the endpoint and delivers nothing until the token comes back. The gateway
confirms automatically. Prefect Cloud does not, but the webhook turns the request into an event:
this step reads the token from it and passes it to SNS's API. So no URL is opened, and only this AWS
account can end the subscription.
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

REQUESTED = "subscription.confirmation.requested"


def check(target: Target) -> Finding:
    """Check the subscription, its confirmation, its retries and its dead-letter queue."""
    if topic.read_attributes(target) is None:
        raise NotYet("the topic")
    found = find_subscription(target)
    if found is None:
        return missing(shown_endpoint(target))
    if not found.startswith("arn:"):
        return differs(f"{shown_endpoint(target)}: not confirmed")
    sns = target.aws("sns")
    attributes = sns.get_subscription_attributes(SubscriptionArn=found)["Attributes"]
    properties = {
        name: json.loads(attributes.get(name, "{}")) for name in wanted_attributes(target)
    }
    return compare(shown_endpoint(target), wanted_attributes(target), properties)


def apply(target: Target) -> None:
    """Subscribe, confirm, and end subscriptions of this environment's former URLs."""
    found = find_subscription(target)
    if found is None or not found.startswith("arn:"):
        begun = datetime.now(UTC)
        subscribe(target)
        confirm(target, begun)
    else:
        for name, value in wanted_attributes(target).items():
            target.aws("sns").set_subscription_attributes(
                SubscriptionArn=found, AttributeName=name, AttributeValue=json.dumps(value)
            )
    address = endpoint(target)
    for each in list_subscriptions(target):
        if is_owned(target, each) and each["Endpoint"] != address:
            end_subscription(target, each)


def destroy(target: Target) -> str:
    """End the subscription; messages in the dead-letter queue stay until that is removed."""
    if topic.read_attributes(target) is None:
        return "did not exist"
    ours = [each for each in list_subscriptions(target) if is_owned(target, each)]
    for each in ours:
        end_subscription(target, each)
    return f"{len(ours)} subscription" if ours else "did not exist"


def endpoint(target: Target) -> str:
    """Return the URL that SNS posts to: the webhook of Prefect Cloud, or the gateway."""
    if target.is_cloud:
        return webhook.url(target)
    if not target.environment.gateway:
        raise DeployError("gateway: set it to the URL at which SNS reaches services.gateway")
    return target.environment.gateway


def find_token(target: Target, since: datetime) -> str | None:
    """Return the newest token that SNS sent to the webhook for our topic, or None."""
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


def confirm(target: Target, begun: datetime) -> None:
    """Wait until the subscription is confirmed; on Prefect Cloud, confirm it with SNS's token."""
    deadline = time.monotonic() + target.confirmation_seconds
    while not (find_subscription(target) or "").startswith("arn:"):
        sent = find_token(target, begun) if target.is_cloud else None
        if sent is not None:
            target.aws("sns").confirm_subscription(
                TopicArn=topic.arn(target), Token=sent, AuthenticateOnUnsubscribe="true"
            )
            return
        if time.monotonic() > deadline:
            raise DeployError(explain_unconfirmed(target))
        time.sleep(1)


def explain_unconfirmed(target: Target) -> str:
    """Return why the subscription may not be confirmed, and what to check."""
    if target.is_cloud:
        return (
            "SNS's request to confirm did not reach the webhook: check in Prefect Cloud that the "
            "webhook is enabled and that the account does not enforce authentication of webhooks, "
            "because SNS cannot authenticate"
        )
    return (
        f"the gateway did not confirm: check that {target.environment.gateway} reaches "
        f"services.gateway, and that DOCVERIFY_GATEWAY_TOPICS contains {topic.arn(target)}"
    )


def wanted_attributes(target: Target) -> dict[str, object]:
    """Return the retries and the dead-letter queue that the subscription should have."""
    return {
        "DeliveryPolicy": RETRIES,
        "RedrivePolicy": {"deadLetterTargetArn": dead_letters.arn(target)},
    }


def subscribe(target: Target) -> None:
    """Subscribe the endpoint to the topic."""
    address = endpoint(target)
    target.aws("sns").subscribe(
        TopicArn=topic.arn(target),
        Protocol=urlsplit(address).scheme,
        Endpoint=address,
        Attributes={name: json.dumps(value) for name, value in wanted_attributes(target).items()},
        ReturnSubscriptionArn=True,
    )


def list_subscriptions(target: Target) -> list[dict[str, str]]:
    """Return every subscription of the topic."""
    pages = target.aws("sns").get_paginator("list_subscriptions_by_topic")
    return [
        each
        for page in pages.paginate(TopicArn=topic.arn(target))
        for each in page["Subscriptions"]
    ]


def find_subscription(target: Target) -> str | None:
    """Return the ARN of our subscription, "PendingConfirmation" before it is confirmed, or None."""
    address = endpoint(target)
    return next(
        (
            each["SubscriptionArn"]
            for each in list_subscriptions(target)
            if each["Endpoint"] == address
        ),
        None,
    )


def is_owned(target: Target, subscription: dict[str, str]) -> bool:
    """Return whether a subscription posts to a webhook of Prefect Cloud, or to the gateway."""
    ours = webhook.url_prefix() if target.is_cloud else target.environment.gateway
    return bool(ours) and subscription["Endpoint"].startswith(ours)


def end_subscription(target: Target, subscription: dict[str, str]) -> None:
    """Unsubscribe. A subscription without an ARN was never confirmed, and ends after two days."""
    if subscription["SubscriptionArn"].startswith("arn:"):
        target.aws("sns").unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])


def shown_endpoint(target: Target) -> str:
    """Return the endpoint without the part that is a secret."""
    address = endpoint(target)
    return f"{webhook.url_prefix()}…" if target.is_cloud else address
