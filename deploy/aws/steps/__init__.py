"""The steps of a deployment, in the order in which they need each other."""

from deploy.aws.plan import Step
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
    Step("bucket", bucket.check, bucket.apply, bucket.destroy),
    Step("topic", topic.check, topic.apply, topic.destroy),
    Step("dead-letters", dead_letters.check, dead_letters.apply, dead_letters.destroy),
    Step("secrets", secrets.check, secrets.apply, secrets.destroy),
    Step("schema", schema.check, schema.apply, schema.destroy),
    Step("network", network.check, network.apply, network.destroy),
    Step("logs", logs.check, logs.apply, logs.destroy),
    Step("cluster", cluster.check, cluster.apply, cluster.destroy),
    Step("roles", roles.check, roles.apply, roles.destroy),
    Step("repository", repository.check, repository.apply, repository.destroy),
    Step("image", image.check, image.apply, image.destroy),
    Step("pool", pool.check, pool.apply, pool.destroy),
    Step("deployments", deployments.check, deployments.apply, deployments.destroy),
    Step("webhook", webhook.check, webhook.apply, webhook.destroy),
    Step("people", alert_block.check, alert_block.apply, alert_block.destroy),
    Step("automations", automations.check, automations.apply, automations.destroy),
    Step(
        "subscription",
        topic_subscription.check,
        topic_subscription.apply,
        topic_subscription.destroy,
    ),
    # The last: from then on, documents are verified.
    Step(
        "notification",
        bucket_notification.check,
        bucket_notification.apply,
        bucket_notification.destroy,
    ),
)
