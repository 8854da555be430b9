"""Signing in through a company's identity provider: OpenID Connect, authorization code with PKCE (RFC 7636).

Two steps, and what the first leaves for the second stands in the session: `start` gives the address to send the browser
to, `finish` turns what comes back into the provider's own name for the person. Nothing here touches the database. The
identity token's signature, issuer, audience, age and nonce are all checked; algorithms come from a list of ours, keys
from the provider's own set.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import jwt
from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import constant_time_compare

from psa import outward

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
KEPT = 300
LASTS = 600
LEEWAY = 30
ENDED = "http://schemas.openid.net/event/backchannel-logout"


class Untrusted(Exception):
    """The provider, or what came back in its name, cannot be believed; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for: its own name for the person, and the token that says so."""

    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Client:
    """What we are at one provider."""

    issuer: str
    client_id: str
    secret: str
    ends_there: bool = False


def discover(issuer: str) -> dict[str, Any]:
    """What the provider says about itself. Raises Untrusted("unreachable"), ("other_issuer"), ("incomplete")."""
    key = "oidc:" + hashlib.sha256(issuer.encode()).hexdigest()
    if (kept := cache.get(key)) is not None:
        return kept
    found = _ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise Untrusted("other_issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(found.get(name), str):
            raise Untrusted("incomplete")
        _check(found[name])
    cache.set(key, found, KEPT)
    return found


def start(client: Client, back: str) -> tuple[str, dict[str, Any]]:
    """Where to send the browser, and what to keep in the session until it comes back to `back`."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": back,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
    )
    address = discover(client.issuer)["authorization_endpoint"]
    url = f"{address}{'&' if '?' in address else '?'}{query}"
    return url, {"state": state, "nonce": nonce, "verifier": verifier, "at": time.time()}


def finish(client: Client, back: str, kept: dict[str, Any], state: str, code: str) -> Vouched:
    """Whom the provider vouches for (`sub`). Raises Untrusted: ("stale"), ("forged"), ("unreachable"), …"""
    if not state or not constant_time_compare(state, kept["state"]):
        raise Untrusted("forged")
    if time.time() - kept["at"] > LASTS:
        raise Untrusted("stale")
    answer = _ask(
        "POST",
        discover(client.issuer)["token_endpoint"],
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": kept["verifier"],
            "client_id": client.client_id,
            "client_secret": client.secret,
        },
    )
    claims = _claims(client, answer.get("id_token"), ["exp", "iat", "iss", "aud", "sub", "nonce"])
    if not constant_time_compare(str(claims["nonce"]), kept["nonce"]):
        raise Untrusted("forged")
    return Vouched(_subject(claims), answer["id_token"])


def farewell(client: Client, token: str, back: str) -> str:
    """Where the browser goes to be signed out at the provider, which sends it `back`; "" where it has no such page, or
    does not answer (OpenID Connect RP-Initiated Logout 1.0)."""
    try:
        address = discover(client.issuer).get("end_session_endpoint")
    except Untrusted:
        return ""
    schemes = ("https://", "http://") if settings.SIGN_ON_ANYWHERE else ("https://",)
    if not isinstance(address, str) or not address.startswith(schemes) or not address.isprintable():
        return ""
    asked = {"client_id": client.client_id, "post_logout_redirect_uri": back}
    if token:
        asked["id_token_hint"] = token
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def ended(client: Client, token: str) -> str:
    """Whose sessions the provider ended (OpenID Connect Back-Channel Logout 1.0). Raises Untrusted."""
    claims = _claims(client, token, ["iat", "iss", "aud", "jti", "events", "sub"])
    if "nonce" in claims or ENDED not in claims["events"] or time.time() - claims["iat"] > LASTS:
        raise Untrusted("forged")
    word = hashlib.sha256(f"{claims['iss']}|{claims['jti']}".encode()).hexdigest()
    if not cache.add(f"oidc-ended:{word}", 1, LASTS * 2):
        raise Untrusted("forged")
    return _subject(claims)


def _claims(client: Client, token: Any, required: list[str]) -> dict[str, Any]:
    """What a token says, once it is proved to be the provider's and for us."""
    if not isinstance(token, str):
        raise Untrusted("forged")
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(
            token,
            key=_key(client, header),
            algorithms=ALGORITHMS,
            audience=client.client_id,
            issuer=client.issuer,
            leeway=LEEWAY,
            options={"require": required},
        )
    except (jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
        raise Untrusted("forged") from error
    others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (others or "azp" in claims) and claims.get("azp") != client.client_id:
        raise Untrusted("forged")
    return claims


def _key(client: Client, header: dict[str, Any]) -> Any:
    """The key that must have signed, from the provider's set."""
    found = _ask("GET", discover(client.issuer)["jwks_uri"]).get("keys", [])
    keys = [one for one in found if one.get("use", "sig") == "sig" and one.get("kty") in {"RSA", "EC", "OKP"}]
    named = [one for one in keys if one.get("kid") == header.get("kid")] if "kid" in header else keys
    if len(named) != 1:
        raise Untrusted("forged")
    return jwt.PyJWK(named[0], algorithm=header["alg"] if header["alg"] in ALGORITHMS else None)


def _subject(claims: dict[str, Any]) -> str:
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise Untrusted("forged")
    return subject


def _check(url: str) -> None:
    try:
        outward.look_up(url, anywhere=settings.SIGN_ON_ANYWHERE)
    except outward.Unreachable as error:
        raise Untrusted(error.code) from error


def _ask(method: str, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """One JSON object from the provider."""
    headers = {"Accept": "application/json"}
    try:
        answer = outward.call(method, url, form=form, headers=headers, anywhere=settings.SIGN_ON_ANYWHERE)
        if answer.status != HTTPStatus.OK:
            raise Untrusted("unreachable")
        found = json.loads(answer.body)
    except outward.Unreachable as error:
        raise Untrusted(error.code) from error
    except (ValueError, RecursionError) as error:
        raise Untrusted("unreachable") from error
    if not isinstance(found, dict):
        raise Untrusted("incomplete")
    return found
