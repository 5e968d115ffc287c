"""The steps of a deployment, in the order in which they need each other."""

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
    network,
    pool,
    repository,
    roles,
    schema,
    secrets,
    topic,
    topic_subscription,
    webhook,
)

STEPS = (
    DeployStep("bucket", bucket.check, bucket.apply, bucket.destroy),
    DeployStep("topic", topic.check, topic.apply, topic.destroy),
    DeployStep("dead-letters", dead_letters.check, dead_letters.apply, dead_letters.destroy),
    DeployStep("secrets", secrets.check, secrets.apply, secrets.destroy),
    DeployStep("schema", schema.check, schema.apply, schema.destroy),
    DeployStep("network", network.check, network.apply, network.destroy),
    DeployStep("logs", logs.check, logs.apply, logs.destroy),
    DeployStep("cluster", cluster.check, cluster.apply, cluster.destroy),
    DeployStep("roles", roles.check, roles.apply, roles.destroy),
    DeployStep("repository", repository.check, repository.apply, repository.destroy),
    DeployStep("image", image.check, image.apply, image.destroy),
    DeployStep("pool", pool.check, pool.apply, pool.destroy),
    DeployStep("deployments", deployments.check, deployments.apply, deployments.destroy),
    DeployStep("webhook", webhook.check, webhook.apply, webhook.destroy),
    DeployStep("people", alert_block.check, alert_block.apply, alert_block.destroy),
    DeployStep("automations", automations.check, automations.apply, automations.destroy),
    DeployStep(
        "subscription",
        topic_subscription.check,
        topic_subscription.apply,
        topic_subscription.destroy,
    ),
    # The last: from then on, documents are verified.
    DeployStep(
        "notification",
        bucket_notification.check,
        bucket_notification.apply,
        bucket_notification.destroy,
    ),
)
