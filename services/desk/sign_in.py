"""Sign-in: by a one-time link, at a provider of OpenID Connect, or at a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.desk import sessions
from services.desk.cookies import delete_cookie, read_cookie, set_cookie
from services.desk.people import Person, Role, find_roles
from services.desk.rendering import show_controls
from services.desk.security import (
    SIGN_IN_SHARE,
    check_origin,
    find_sender,
    limit_requests,
    read_form,
)
from services.desk.settings import DeskSettings, is_loopback
from services.desk.tokens import (
    ANSWER_SECONDS,
    Keys,
    ProviderSilent,
    TokenRefused,
    check_token,
    fetch_json,
)

SIGN_IN_SPAN = timedelta(minutes=10)
FORWARDED_HEADERS = frozenset({"forwarded", "via", "x-forwarded-for", "x-real-ip"})
MAX_NAME_LENGTH = 200
MAX_TARGET_LENGTH = 2000
ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
router = APIRouter(include_in_schema=False)


def start_session(request: Request, person: Person, target: str = "/") -> Response:
    """Open a session, and send the browser on to a page."""
    settings: DeskSettings = request.app.state.settings
    if not person.roles:
        roles = ", ".join(Role)
        raise HTTPException(403, f"{person.name} has no role here: ask your operator for {roles}.")
    key = sessions.open_session(person, timedelta(hours=settings.session_hours))
    request.app.state.known_sessions.note(key, person.subject)
    response = RedirectResponse(target, 303)
    set_cookie(request, response, sessions.SESSION, key)
    return response


def find_own_page(target: str) -> str:
    """Return the path of the desk to open next; the queue for any other target."""
    is_own = target.startswith("/") and not target.startswith(("//", "/\\", "/sign-"))
    # Browsers drop control characters, so a path with one could become a different address.
    return target if is_own and target.isprintable() and len(target) <= MAX_TARGET_LENGTH else "/"


@router.get("/sign-in", response_class=HTMLResponse)
def show_sign_in(request: Request, target: Annotated[str, Query(alias="from")] = "/") -> Response:
    """Show how to sign in, or go to the provider."""
    settings: DeskSettings = request.app.state.settings
    if settings.sign_in == "oidc":
        return go_to_provider(request, settings, target)
    templates = request.app.state.templates
    page: Response = templates.TemplateResponse(
        request, "sign_in.html", {"by": settings.sign_in}, status_code=401
    )
    return page


@router.get("/sign-in/link", response_class=HTMLResponse)
def show_link(request: Request, key: str = "") -> Response:
    """Show a button that uses the link; programs that only fetch the link must not use it up."""
    check_is_local(request)
    templates = request.app.state.templates
    page: Response = templates.TemplateResponse(request, "sign_in_link.html", {"key": key})
    return page


@router.post("/sign-in/link")
def use_link(request: Request, form: Annotated[dict[str, str], Depends(read_form)]) -> Response:
    """Sign in by a one-time link."""
    check_is_local(request)
    check_origin(request)  # Another site must not sign a browser in as a different person.
    limit_requests(request, f"sign-in {find_sender(request)}", SIGN_IN_SHARE)
    person = sessions.use_link_key(form.get("key", ""))
    if person is None:
        raise HTTPException(
            403,
            "The link has expired or was used: `python -m services.desk link` prints a new one.",
        )
    return start_session(request, person)


def check_is_local(request: Request) -> None:
    """Answer 403 unless links are in use and the browser is on this machine."""
    settings: DeskSettings = request.app.state.settings
    if settings.sign_in != "link":
        raise HTTPException(403, "This desk does not use links: open its first page to sign in.")
    is_forwarded = not FORWARDED_HEADERS.isdisjoint(request.headers)
    if is_forwarded or not is_loopback(find_sender(request)):
        raise HTTPException(403, "Links work only on the machine of the desk.")


class Provider:
    """A provider of OpenID Connect, whose addresses are fetched when the first person signs in."""

    def __init__(self, settings: DeskSettings) -> None:
        """Fetch nothing yet."""
        self.settings = settings
        self.addresses: Mapping[str, Any] = {}
        self.keys: Keys | None = None

    def find_addresses(self) -> Mapping[str, Any]:
        """Return the addresses that the provider publishes; raise TokenRefused."""
        if not self.addresses:
            issuer = self.settings.oidc_issuer
            url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            found = fetch_json(url)
            if not isinstance(found, dict) or found.get("issuer") != issuer:
                raise TokenRefused("the provider's issuer differs from DOCVERIFY_DESK_OIDC_ISSUER")
            if not all(isinstance(found.get(name), str) for name in ADDRESSES):
                raise TokenRefused("the provider does not publish its addresses")
            self.keys = Keys(found["jwks_uri"])
            self.addresses = found
        return self.addresses

    def start(self) -> OAuth2Session:
        """Return a client for one sign-in."""
        settings = self.settings
        secret = settings.oidc_client_secret.get_secret_value()
        return OAuth2Session(
            settings.oidc_client_id,
            secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=settings.oidc_scope,
            redirect_uri=f"{settings.address}/sign-in/return",
            code_challenge_method="S256",
        )

    def exchange(self, kept: Mapping[str, str], code: str) -> Mapping[str, Any]:
        """Exchange a code for the claims of the person who signed in; raise TokenRefused."""
        addresses = self.find_addresses()
        try:
            with self.start() as client:
                answer = client.fetch_token(
                    addresses["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=kept["verifier"],
                    timeout=ANSWER_SECONDS,
                )
        except requests.RequestException:
            raise ProviderSilent("the provider does not answer") from None
        except (OAuthError, ValueError):
            raise TokenRefused("the provider does not accept the code") from None
        if self.keys is None or not isinstance(answer.get("id_token"), str):
            raise TokenRefused("the provider sends no id_token")
        settings = self.settings
        claims = check_token(
            answer["id_token"], self.keys, settings.oidc_issuer, settings.oidc_client_id
        )
        if claims.get("nonce") != kept["nonce"]:
            raise TokenRefused("the token belongs to another sign-in")
        check_client(claims, settings.oidc_client_id)
        return claims


def check_client(claims: Mapping[str, Any], client_id: str) -> None:
    """Raise TokenRefused if a provider's token was made for another client.

    A token for several audiences must name its client in `azp` (OpenID Connect Core 3.1.3.7, rules
    3 to 5).
    """
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    is_only_audience = all(each == client_id for each in audiences)
    if claims.get("azp", client_id if is_only_audience else None) != client_id:
        raise TokenRefused("the token was made for another client")


def go_to_provider(request: Request, settings: DeskSettings, target: str) -> Response:
    """Send the browser to the provider, and store what the answer must match."""
    limit_requests(request, f"sign-in {find_sender(request)}", SIGN_IN_SHARE)
    provider: Provider = request.app.state.provider
    kept = {
        "state": generate_token(32),
        "nonce": generate_token(32),
        "verifier": generate_token(48),
        "target": find_own_page(target),
    }
    try:
        with provider.start() as client:
            url, _ = client.create_authorization_url(
                provider.find_addresses()["authorization_endpoint"],
                state=kept["state"],
                nonce=kept["nonce"],
                code_verifier=kept["verifier"],
            )
    except TokenRefused as error:
        raise HTTPException(503, f"No one can sign in at the moment: {error}.") from None
    response = RedirectResponse(url, 303)
    set_cookie(request, response, sessions.OIDC, sessions.start_sign_in(kept, SIGN_IN_SPAN))
    return response


@router.get("/sign-in/return")
def return_from_provider(
    request: Request, state: str = "", code: str = "", error: str = ""
) -> Response:
    """Sign in the person whom the provider sends back, and open the requested page."""
    settings: DeskSettings = request.app.state.settings
    if settings.sign_in != "oidc":
        raise HTTPException(404)
    # The key can be used once, and a browser without a key signed by this desk causes no query.
    key = read_cookie(request, sessions.OIDC)
    if key:
        limit_requests(request, f"sign-in {key}", SIGN_IN_SHARE)
    kept = sessions.finish_sign_in(key) if key else None
    if kept is None or not state or kept["state"] != state:
        raise HTTPException(403, "This sign-in was not started here, or took too long: try again.")
    if error:
        raise HTTPException(
            403, "The provider did not sign you in: try again, or ask its operator."
        )
    try:
        claims = request.app.state.provider.exchange(kept, code)
    except ProviderSilent as error:
        raise HTTPException(503, f"No one can sign in at the moment: {error}.") from None
    except TokenRefused as error:
        raise HTTPException(403, f"Sign-in refused: {error}.") from None
    person = build_person(claims, settings)
    response = start_session(request, person, kept.get("target", "/"))
    delete_cookie(request, response, sessions.OIDC)
    return response


def build_person(claims: Mapping[str, Any], settings: DeskSettings) -> Person:
    """Return the person of a checked token."""
    subject = str(claims["sub"])
    # Some providers send the text "false".
    is_verified = str(claims.get("email_verified")).lower() != "false"
    if settings.name_claim == "email" and not is_verified:
        raise HTTPException(403, "The provider has not verified this e-mail address.")
    name = show_controls(str(claims.get(settings.name_claim) or subject))
    name = " ".join(name.split())[:MAX_NAME_LENGTH]
    roles = find_roles(claims.get(settings.roles_claim), settings.role_names)
    return Person(f"{claims['iss']} {subject}", name, roles)


def find_proxied_person(request: Request) -> Person | None:
    """Return the person of the token that the proxy sends; None without a valid token."""
    settings: DeskSettings = request.app.state.settings
    token = request.headers.get(settings.proxy_header, "")
    if not token:
        return None
    try:
        claims = check_token(
            token, request.app.state.proxy_keys, settings.proxy_issuer, settings.proxy_audience
        )
    except ProviderSilent:
        raise HTTPException(503, "No one can sign in: the keys of the proxy are missing.") from None
    except TokenRefused:
        return None
    return build_person(claims, settings)


def find_person(request: Request) -> Person | None:
    """Return the person who sent a request; None without a session.

    Requests are counted before the record is asked: by person, or by session while this desk does
    not know the person. A request with neither causes no query and is not counted, so that it
    cannot use up the requests of others with the same address.
    """
    state = request.app.state
    key = read_cookie(request, sessions.SESSION)
    is_proxied = state.settings.sign_in == "proxy"
    proxied = find_proxied_person(request) if is_proxied else None
    known = proxied.subject if proxied else state.known_sessions.find_owner(key)
    if known or key:
        limit_requests(request, f"person {known}" if known else f"session {key}")
    if not key or (is_proxied and not proxied):
        return None
    person = sessions.find_session(key)
    state.known_sessions.note(key, person.subject if person else "")
    if proxied is None or person is None:
        return person
    # The session only adds the token of the forms: the proxy names the person at each request.
    if person.subject != proxied.subject:
        return None
    return Person(proxied.subject, proxied.name, proxied.roles, person.form_token)


def send_to_sign_in(request: Request) -> Response:
    """Send a browser without a session to the sign-in, unless a proxy signs it in."""
    settings: DeskSettings = request.app.state.settings
    query = request.url.query
    target = f"{request.url.path}?{query}" if query else request.url.path
    if settings.sign_in == "proxy" and (person := find_proxied_person(request)):
        return start_session(request, person, find_own_page(target))
    return RedirectResponse(f"/sign-in?{urlencode({'from': target})}", 303)
