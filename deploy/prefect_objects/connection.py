"""The connection to the Prefect API of this user's profile or environment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from httpx import HTTPError, InvalidURL, codes
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.deployments.runner import DeploymentApplyError
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import get_current_settings

from deploy.aws.errors import DeployError


@contextmanager
def workspace() -> Iterator[SyncPrefectClient]:
    """Connect to the Prefect API; raise DeployError if none is set, or if it does not answer."""
    url = get_current_settings().api.url
    if not url:
        raise DeployError(
            "no Prefect API configured: run `prefect cloud login`, or set PREFECT_API_URL"
        )
    with get_client(sync_client=True) as client:
        with explaining_refusals(url):
            client.read_work_pools(limit=1)
        yield client


@contextmanager
def explaining_refusals(url: str) -> Iterator[None]:
    """Raise DeployError if the Prefect API at this URL refuses a request, or does not answer."""
    try:
        yield
    except PrefectHTTPStatusError as error:
        status = error.response.status_code
        if status >= codes.INTERNAL_SERVER_ERROR:
            fix = "look at the server's log, and at its database"
        else:
            fix = "run `prefect cloud login`, or check PREFECT_API_URL and PREFECT_API_KEY"
        raise DeployError(f"{url} refuses the request ({status}): {fix}") from None
    except (HTTPError, InvalidURL) as error:
        raise DeployError(
            f"{url} does not answer ({type(error).__name__}): check PREFECT_API_URL, which is "
            "like http://127.0.0.1:4200/api, and the network"
        ) from None
    except DeploymentApplyError as error:
        raise DeployError(f"{url} refuses a deployment: {error}") from None
