"""The steps of a deployment: each needs only steps before it."""

from deploy.aws.plan import DeployStep
from deploy.aws.steps import (
    alert_block,
    automations,
    bucket,
    bucket_notification,
    cluster,
    dead_letters,
    deployments,
    image,
    logs,
    monitoring,
    network,
    pool,
    repository,
    roles,
    schema,
    secrets,
    task_definition,
    topic,
    topic_subscription,
    webhook,
)

STEPS = (
    DeployStep("bucket", bucket),
    DeployStep("topic", topic),
    DeployStep("dead-letters", dead_letters),
    DeployStep("secrets", secrets),
    DeployStep("schema", schema),
    DeployStep("network", network),
    DeployStep("logs", logs),
    DeployStep("cluster", cluster),
    DeployStep("roles", roles),
    DeployStep("repository", repository),
    DeployStep("image", image),
    DeployStep("task-definition", task_definition),
    DeployStep("pool", pool),
    DeployStep("deployments", deployments),
    DeployStep("webhook", webhook),
    DeployStep("people", alert_block),
    DeployStep("automations", automations),
    DeployStep("monitoring", monitoring),
    DeployStep("subscription", topic_subscription),
    # The last one: from then on, documents are verified.
    DeployStep("notification", bucket_notification),
)
