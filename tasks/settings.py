"""Settings: where the infrastructure is, read from the environment."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from docverify.reading.files.limits import Limits
from tasks.errors import SetupError
from tasks.setting_errors import explain_unknown, explain_variables

PREFIX = "DOCVERIFY_"
SERVICES = (
    f"{PREFIX}GATEWAY_",
    f"{PREFIX}DESK_",
    f"{PREFIX}METRICS_",
)  # Each has its own settings.
# Images and a key are sent there, so TLS is required except for a stand-in on this machine.
SERVICE_URL = r"^(https://[\w.-]+|http://(127\.0\.0\.1|localhost))(:\d+)?/?$"


def strip_header_secret(secret: SecretStr) -> SecretStr:
    """Strip the line end of a secret file; raise ValueError for what a header cannot contain."""
    value = secret.get_secret_value().strip()
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError("contains characters that a key or token cannot have")
    return SecretStr(value)


HeaderSecret = Annotated[SecretStr, AfterValidator(strip_header_secret)]

MIN_KEY_LENGTH = 32  # characters; with a shorter key, all document numbers could be tried


def check_key_length(key: SecretStr) -> SecretStr:
    """Raise ValueError if a key is set and too short."""
    if 0 < len(key.get_secret_value()) < MIN_KEY_LENGTH:
        raise ValueError(f"is shorter than {MIN_KEY_LENGTH} characters")
    return key


MIN_SIGNING_BYTES, MAX_SIGNING_BYTES = 24, 64  # of a secret, by Standard Webhooks
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def check_webhook_url(url: str) -> str:
    """Raise ValueError unless a URL is empty, HTTPS, or HTTP on this machine."""
    if not url:
        return url
    parsed = urlsplit(url)
    is_private = parsed.scheme == "https" or (
        parsed.scheme == "http" and parsed.hostname in LOOPBACK
    )
    if not parsed.hostname or not is_private:
        raise ValueError("is not an https:// URL; http:// is allowed on loopback only")
    if parsed.username or parsed.password or parsed.fragment:
        raise ValueError("contains a user, a password or a fragment")
    return url


def check_signing_secrets(secrets: SecretStr) -> SecretStr:
    """Raise ValueError unless each secret is whsec_ and the Base64 of 24 to 64 bytes."""
    for each in secrets.get_secret_value().split():
        try:
            key = base64.b64decode(each.removeprefix("whsec_"), validate=True)
        except ValueError:
            key = b""
        is_long_enough = MIN_SIGNING_BYTES <= len(key) <= MAX_SIGNING_BYTES
        if not (each.startswith("whsec_") and is_long_enough):
            raise ValueError("is not whsec_ followed by the Base64 of 24 to 64 bytes")
    return secrets


class Settings(BaseSettings):
    """The settings of a run; boto3 and Prefect read their own variables."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True)

    database_url: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="DATABASE_URL",
        description="postgresql://user:password@host:port/database of the record",
    )
    retention_database_url: SecretStr = Field(
        default=SecretStr(""),
        description=(
            "URL of the record for the flow retention; its user may purge personal data; empty: "
            "DATABASE_URL"
        ),
    )
    database_secret: str = Field(
        default="",
        description="ARN or name of the AWS secret with `username` and `password` of DATABASE_URL, "
        "as RDS writes and rotates it; read when a connection is opened",
    )
    database_iam: bool = Field(
        default=False,
        description=(
            "log in to RDS with a token signed with the run's AWS credentials instead of a "
            "password; DATABASE_URL names the user"
        ),
    )
    allowed_uploads: str = Field(
        default="",
        description="comma-separated BUCKET or BUCKET/PREFIX that documents may come from",
    )
    policies: str = Field(default="", description="folder of your own policies, NAME.json")
    policies_allowed: str = Field(
        default="",
        description=(
            "comma-separated names of the policies that may be used, or of those that may not, "
            "each after an exclamation mark; empty: all"
        ),
    )
    max_bytes: int = Field(
        default=Limits.max_bytes,
        gt=0,
        description="maximum size of a file, in bytes",
    )
    claim_wait: float = Field(
        default=30,
        ge=0,
        le=240,
        description=(
            "seconds to wait for the verdict of another run that has claimed the same document"
        ),
    )
    retry_pause_factor: float = Field(
        default=1,
        ge=0,
        le=1,
        description="factor for the pauses before a task is tried again, 0: no pauses; read when "
        "a process starts",
    )
    hmac_key: Annotated[SecretStr, AfterValidator(check_key_length)] = Field(
        default=SecretStr(""),
        description=f"secret of at least {MIN_KEY_LENGTH} characters with which fingerprints "
        "hash numbers and names; without it, no document is compared with earlier ones",
    )
    compare_portraits: bool = Field(
        default=False,
        description="compare the portrait with those of earlier documents, which stores biometric "
        "data; DOCVERIFY_HMAC_KEY must be set",
    )
    google_api_key: HeaderSecret = Field(
        default=SecretStr(""), description="API key for the engine google-vision"
    )
    google_access_token: HeaderSecret = Field(
        default=SecretStr(""),
        description="OAuth token for google-vision if no API key is set; it lasts an hour",
    )
    google_project: str = Field(
        default="",
        pattern=r"^[a-z0-9:.-]*$",
        examples=["my-project"],
        description="Google project that pays for requests with a person's OAuth token",
    )
    google_url: str = Field(
        default="https://vision.googleapis.com",
        pattern=SERVICE_URL,
        examples=["https://vision.googleapis.com"],
        description="address of google-vision; https://eu-vision.googleapis.com stays in the EU",
    )
    textract_from_s3: bool = Field(
        default=False,
        description="let Textract fetch an image from the bucket itself, with its metadata",
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        description="form of the log lines of runs and services: `text`, or `json` for programs "
        "that read them",
    )
    deployment_suffix: str = Field(
        default="",
        pattern=r"^(-[a-z0-9-]+)?$",
        examples=["-staging"],
        description="suffix of the names of this environment's deployments",
    )
    desk_url: str = Field(
        default="",
        pattern=r"^$|^https?://[^\s()]+$",
        examples=["https://desk.example.org"],
        description="address of the review desk, which the artifacts of reviews link to",
    )
    webhook_url: Annotated[str, AfterValidator(check_webhook_url)] = Field(
        default="",
        description="https:// address that receives every verdict as a signed request; empty: none",
    )
    webhook_secret: Annotated[SecretStr, AfterValidator(check_signing_secrets)] = Field(
        default=SecretStr(""),
        description=(
            "secret for the signature: whsec_ and the Base64 of 24 to 64 random bytes; two with a "
            "space between them while one replaces the other"
        ),
    )
    webhook_timeout: float = Field(
        default=10, gt=0, le=60, description="seconds for a request to the webhook"
    )
    cloud_timeout: float = Field(
        default=60, gt=0, description="seconds to wait for the response of a cloud engine"
    )

    reader_timeout: float = Field(
        default=30,
        gt=0,
        le=3600,
        description=(
            "seconds of processor time to read a file with all its pages, a third of them to draw "
            "the pages; four times as many in elapsed time"
        ),
    )
    reader_memory: int = Field(
        default=2_000_000_000,
        ge=0,
        description="bytes of memory that the reader process may use; 0: no limit",
    )

    @model_validator(mode="after")
    def _check_webhook(self) -> Self:
        if self.webhook_url and not self.webhook_secret.get_secret_value():
            raise ValueError(
                f"{PREFIX}WEBHOOK_URL needs {PREFIX}WEBHOOK_SECRET: set both or neither"
            )
        return self

    @field_validator("database_iam", mode="after")
    @classmethod
    def _check_login(cls, uses_tokens: bool, info: ValidationInfo) -> bool:
        if uses_tokens and info.data.get("database_secret"):
            raise ValueError(f"remove it, or {PREFIX}DATABASE_SECRET: a run logs in by one of them")
        return uses_tokens

    def limits(self) -> Limits:
        """Return the limits of the reader, with DOCVERIFY_MAX_BYTES as the size of a file."""
        return Limits(max_bytes=self.max_bytes)


def find_unknown_settings(environment: Iterable[str]) -> dict[str, str]:
    """Return the variables that begin like our settings but are not settings, each with a hint."""
    fields = Settings.model_fields.keys() - {"database_url"}
    known = {f"{PREFIX}{name}".upper() for name in fields}
    ours = sorted(name for name in environment if name.startswith(PREFIX))
    return {
        name: explain_unknown(name, known)
        for name in ours
        if name not in known and not name.startswith(SERVICES)
    }


def read_settings() -> Settings:
    """Read the environment; raise SetupError that names an invalid variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise SetupError(f"not a valid setting: {explain_variables(error, Settings)}") from None


def retry_pauses(*seconds: float) -> list[float]:
    """Return the pauses before each further try of a task, times DOCVERIFY_RETRY_PAUSE_FACTOR.

    Prefect takes them when a task is defined. An invalid setting does not change them, because the
    run itself reports it.
    """
    try:
        factor = read_settings().retry_pause_factor
    except SetupError:
        factor = 1
    return [factor * each for each in seconds]
