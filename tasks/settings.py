"""Where the infrastructure is: read from the environment, once, at the edge."""

from __future__ import annotations

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from docverify.reading.pages import Limits
from tasks.errors import SetupError


class Settings(BaseSettings):
    """The settings of a run; boto3 and Prefect find their own by their own variables."""

    model_config = SettingsConfigDict(env_prefix="DOCVERIFY_", hide_input_in_errors=True)

    database_url: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="DATABASE_URL",
        description="postgresql://user:password@host:port/database of the record",
    )
    allowed_uploads: str = Field(
        default="",
        description="comma-separated BUCKET or BUCKET/PREFIX that documents may come from",
    )
    max_bytes: int = Field(
        default=Limits.max_bytes, gt=0, description="the largest file that is retrieved, in bytes"
    )

    def limits(self) -> Limits:
        """Return the reader's limits with ours on the size of a file."""
        return Limits(max_bytes=self.max_bytes)


def read_settings() -> Settings:
    """Read the environment; raises SetupError that names the variable at fault."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = ", ".join(
            f"DOCVERIFY_{'.'.join(map(str, e['loc']))}".upper() for e in error.errors()
        )
        raise SetupError(f"not a valid setting: {wrong}") from None
