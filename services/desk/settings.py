"""Settings of the desk, from variables DOCVERIFY_DESK_*."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.desk.people import Role

PROVIDER = r"^$|^(https://[^\s]+|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s]*)?)$"


class DeskSettings(BaseSettings):
    """Settings of the desk."""

    model_config = SettingsConfigDict(env_prefix="DOCVERIFY_DESK_", hide_input_in_errors=True)

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. A proxy in front of the desk provides TLS.",
    )
    port: int = Field(8500, ge=1, le=65535, description="Port to listen on.")
    url: str = Field(
        "",
        pattern=PROVIDER,
        examples=["https://desk.example.org"],
        description="Address that people open, such as https://desk.example.org. Empty: host "
        "and port.",
    )
    sign_in: Literal["link", "oidc", "proxy"] = Field(
        "link",
        description=(
            "How people sign in: with a one-time link on this machine, at an OpenID Connect "
            "provider, or at a proxy that sends a signed token with each request."
        ),
    )
    session_hours: float = Field(
        8, gt=0, le=24, description="Hours after which a person must sign in again."
    )
    roles_claim: str = Field(
        "roles", min_length=1, description="Claim of the token that contains a person's roles."
    )
    name_claim: str = Field(
        "email",
        min_length=1,
        description="Claim of the token that contains the name to record with decisions.",
    )
    reviewer_role: str = Field("reviewer", description="Value of the claim for reviewers.")
    supervisor_role: str = Field("supervisor", description="Value of the claim for supervisors.")
    auditor_role: str = Field("auditor", description="Value of the claim for auditors.")
    oidc_issuer: str = Field(
        "",
        pattern=PROVIDER,
        examples=["https://login.example.org"],
        description="Issuer URL of the OpenID Connect provider.",
    )
    oidc_client_id: str = Field("", description="Client id of the desk at the provider.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""),
        description="Client secret of the desk at the provider; empty for a public client.",
    )
    oidc_scope: str = Field("openid email profile", description="Scopes that the desk requests.")
    proxy_header: str = Field(
        "X-Forwarded-Id-Token", description="Header in which the proxy sends its signed token."
    )
    proxy_keys: str = Field(
        "",
        pattern=PROVIDER,
        examples=["https://proxy.example.org/keys.json"],
        description="URL of the proxy's public keys, as a JSON Web Key Set.",
    )
    proxy_issuer: str = Field("", description="Issuer (iss) that the proxy's tokens must have.")
    proxy_audience: str = Field("", description="Audience (aud) that they must have.")
    proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="Number of proxies in front of the desk that add the sender's address to "
        "X-Forwarded-For, so that the desk counts senders and not proxies. 0: the header does not "
        "count.",
    )
    service_level_hours: float = Field(
        24, gt=0, description="Hours within which a referred document should be decided."
    )
    claim_minutes: float = Field(
        30, gt=0, le=1440, description="Minutes for which opening a document reserves it."
    )
    undo_seconds: float = Field(
        60,
        ge=0,
        le=3600,
        description=(
            "Seconds in which a decision can be undone. Only after that is it recorded and "
            "announced."
        ),
    )
    requests_per_minute: int = Field(
        600,
        ge=10,
        description="Requests that one person may send in a minute. One address may start a tenth "
        "as many sign-ins, and send as many requests with unknown API tokens.",
    )

    @model_validator(mode="after")
    def _check_sign_in(self) -> Self:
        """Raise ValueError if a setting that the kind of sign-in needs is missing."""
        needed = {
            "link": (),
            "oidc": ("oidc_issuer", "oidc_client_id"),
            "proxy": ("proxy_keys", "proxy_issuer", "proxy_audience"),
        }
        missing = [name for name in needed[self.sign_in] if not getattr(self, name)]
        if missing:
            names = ", ".join(f"DOCVERIFY_DESK_{name}".upper() for name in missing)
            raise ValueError(f"sign-in by {self.sign_in} needs {names}")
        if self.sign_in == "link" and not is_loopback(self.host):
            raise ValueError(
                "sign-in by link works on this machine only: set DOCVERIFY_DESK_HOST to "
                "127.0.0.1, or DOCVERIFY_DESK_SIGN_IN to oidc or proxy"
            )
        if self.sign_in == "oidc" and not self.url:
            raise ValueError("sign-in by oidc needs DOCVERIFY_DESK_URL, where the browser returns")
        return self

    @property
    def address(self) -> str:
        """The address that people open, without a slash at its end."""
        return self.url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the desk over TLS."""
        return self.address.startswith("https://")

    @property
    def role_names(self) -> Mapping[Role, str]:
        """The value of the claim for each role."""
        return {role: getattr(self, f"{role}_role") for role in Role}


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is the loopback."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
