"""Where the infrastructure is: read from the environment, once, at the edge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from docverify.reading.files.limits import Limits
from tasks.errors import SetupError

PREFIX = "DOCVERIFY_"
GATEWAY = f"{PREFIX}GATEWAY_"  # The gateway reads its own.
# A picture and a key go there: in the clear only to a stand-in on this machine.
SERVICE_URL = r"^(https://[\w.-]+|http://(127\.0\.0\.1|localhost))(:\d+)?/?$"


def _fit_for_header(secret: SecretStr) -> SecretStr:
    """Drop the line end that files of secrets have; anything else odd is no key or token."""
    value = secret.get_secret_value().strip()
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError("holds characters that no key or token has")
    return SecretStr(value)


HeaderSecret = Annotated[SecretStr, AfterValidator(_fit_for_header)]

MIN_KEY = 32  # characters; numbers of documents are few enough to be tried out under a short key


def _long_enough(key: SecretStr) -> SecretStr:
    if 0 < len(key.get_secret_value()) < MIN_KEY:
        raise ValueError(f"is shorter than {MIN_KEY} characters")
    return key


class Settings(BaseSettings):
    """The settings of a run; boto3 and Prefect find their own by their own variables."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True)

    database_url: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="DATABASE_URL",
        description="postgresql://user:password@host:port/database of the record",
    )
    allowed_uploads: str = Field(
        default="",
        description="comma-separated BUCKET or BUCKET/PREFIX that documents may come from",
    )
    policies: str = Field(
        default="", description="folder of the organisation's own policies, NAME.json"
    )
    max_bytes: int = Field(
        default=Limits.max_bytes, gt=0, description="the largest file that is retrieved, in bytes"
    )
    claim_wait: float = Field(
        default=30,
        ge=0,
        le=240,
        description="seconds to wait for the verdict of another run that has the same document",
    )
    hmac_key: Annotated[SecretStr, AfterValidator(_long_enough)] = Field(
        default=SecretStr(""),
        description=f"secret of at least {MIN_KEY} characters that hides numbers and names among "
        "fingerprints; without it, no document is held against earlier ones",
    )
    google_api_key: HeaderSecret = Field(
        default=SecretStr(""), description="API key for the engine google-vision"
    )
    google_access_token: HeaderSecret = Field(
        default=SecretStr(""),
        description="OAuth token for google-vision, where no API key is set; it lasts an hour",
    )
    google_project: str = Field(
        default="",
        pattern=r"^[a-z0-9:.-]*$",
        description="project that pays for what the OAuth token of a person asks",
    )
    google_url: str = Field(
        default="https://vision.googleapis.com",
        pattern=SERVICE_URL,
        description="where google-vision is; https://eu-vision.googleapis.com stays in the EU",
    )
    textract_from_s3: bool = Field(
        default=False,
        description="let textract fetch a picture from its bucket itself, with its metadata",
    )
    deployment_suffix: str = Field(
        default="",
        pattern=r"^(-[a-z0-9-]+)?$",
        description="what the names of this environment's deployments end with",
    )
    cloud_timeout: float = Field(
        default=60, gt=0, description="seconds to wait for an answer of a cloud engine"
    )

    reader_timeout: float = Field(
        default=75,
        gt=0,
        le=3600,
        description="seconds of work that reading one file may take; by the clock, twice as many",
    )
    reader_memory: int = Field(
        default=2_000_000_000,
        ge=0,
        description="bytes of memory that the process that reads files may take; 0: any",
    )

    def limits(self) -> Limits:
        """Return the reader's limits with ours on the size of a file."""
        return Limits(max_bytes=self.max_bytes)


def unknown_settings(environment: Iterable[str]) -> list[str]:
    """Name the variables that look like settings of ours and are none: they were misspelt."""
    fields = Settings.model_fields.keys() - {"database_url"}
    known = {f"{PREFIX}{name}".upper() for name in fields}
    ours = (name for name in environment if name.startswith(PREFIX))
    return sorted(name for name in ours if name not in known and not name.startswith(GATEWAY))


def read_settings() -> Settings:
    """Read the environment; raises SetupError that names the variable at fault."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = ", ".join(f"{PREFIX}{'.'.join(map(str, e['loc']))}".upper() for e in error.errors())
        raise SetupError(f"not a valid setting: {wrong}") from None
