"""The whole chain at a Prefect server with TLS, basic authentication and CSRF protection."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from prefect.client.orchestration import get_client
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_SSL_CERT_FILE,
    PREFECT_API_URL,
    PREFECT_CLIENT_CSRF_SUPPORT_ENABLED,
    temporary_settings,
)
from sqlalchemy import Engine, select

from deploy.aws import s3_to_sns
from deploy.local.gateway_server import run_gateway
from deploy.local.stack import PREFIX, Service, aws_client, serve_deployments
from deploy.prefect_objects import automations
from docverify.policy import DEMONSTRATION
from tasks.record.tables import documents, verdicts
from tests.conftest import fresh_database
from tests.support.listening import wait_for_triggers
from tests.support.polling import eventually
from tests.support.secured_prefect import AUTH_STRING, SecuredPrefect, secured_prefect

SPECIMENS = Path(__file__).parents[3] / "specimens"
TOPIC = "secured-uploads"
"""A topic of its own: moto stops at a subscription whose gateway has ended."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="server")
def _server(postgres_url: str) -> Iterator[SecuredPrefect]:
    with fresh_database(postgres_url) as url, secured_prefect(url) as server:
        settings = {
            PREFECT_API_URL: server.api_url,
            PREFECT_API_AUTH_STRING: AUTH_STRING,
            PREFECT_API_SSL_CERT_FILE: str(server.root),
            PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: True,
        }
        with temporary_settings(settings):
            yield server


@pytest.fixture(scope="module", name="chain")
def _chain(server: SecuredPrefect, aws, database: Engine) -> Iterator[Service]:
    """Run bucket, topic, gateway, automations and worker."""
    parts = Service(aws, server, database.url.render_as_string(hide_password=False))
    s3, sns = aws_client(aws, "s3"), aws_client(aws, "sns")
    topic_arn = s3_to_sns.create_topic(sns, TOPIC, parts.bucket)
    with (
        run_gateway(server, [topic_arn]) as endpoint,
        serve_deployments(parts, DEMONSTRATION.name),
    ):
        with get_client(sync_client=True) as client:
            for file in automations.files():
                automations.apply(client, file)
            wait_for_triggers(client)
        s3_to_sns.connect_bucket(
            s3,
            sns,
            bucket=parts.bucket,
            topic_arn=topic_arn,
            prefix=parts.prefix,
            endpoint=endpoint,
        )
        yield parts


def test_the_server_refuses_a_client_that_lacks_one_of_the_three(server):
    root, user = str(server.root), ("operations", AUTH_STRING.partition(":")[2])
    version, flows = f"{server.api_url}/admin/version", f"{server.api_url}/flows/filter"

    assert requests.get(version, verify=root, timeout=30).status_code == 401
    assert requests.post(flows, json={}, verify=root, auth=user, timeout=30).status_code == 403
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(version, auth=user, timeout=30)


def test_upload_becomes_a_verdict_through_gateway_automation_and_worker(chain, database):
    key = f"{PREFIX}{uuid4()}.jpg"
    content = (SPECIMENS / "passport.jpg").read_bytes()
    aws_client(chain.aws, "s3").put_object(Bucket=chain.bucket, Key=key, Body=content)

    def find_outcomes() -> list[str]:
        query = select(verdicts.c.outcome).join_from(verdicts, documents)
        with database.connect() as connection:
            return list(connection.scalars(query.where(documents.c.key == key)))

    assert eventually(find_outcomes) == ["verified"]


def test_the_password_is_in_no_run_and_no_deployment(chain):
    with get_client(sync_client=True) as client:
        found = [
            client.request("POST", f"/{what}/filter", json={}).text
            for what in ("flow_runs", "deployments", "work_pools", "events", "logs", "automations")
        ]

    assert all(AUTH_STRING.partition(":")[2] not in each for each in found)
