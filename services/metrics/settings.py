"""Settings of the metrics, from variables DOCVERIFY_METRICS_*."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class MetricsSettings(BaseSettings):
    """Where a long-running program serves its metrics."""

    model_config = SettingsConfigDict(env_prefix="DOCVERIFY_METRICS_", hide_input_in_errors=True)

    host: str = Field(
        "127.0.0.1",
        description=(
            "Address to listen on. There is no sign-in: choose one that only Prometheus can reach."
        ),
    )
    port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port of /metrics and /health; each program on a machine needs its own. 0: "
        "none.",
    )
