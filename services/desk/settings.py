"""Settings of the desk, from variables DOCVERIFY_DESK_*."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class DeskSettings(BaseSettings):
    """Settings of the desk."""

    model_config = SettingsConfigDict(env_prefix="DOCVERIFY_DESK_", hide_input_in_errors=True)

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. A proxy in front of the desk provides TLS.",
    )
    port: int = Field(8500, ge=1, le=65535, description="Port to listen on.")
