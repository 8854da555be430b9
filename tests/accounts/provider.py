"""An OpenID Connect provider that answers: discovery, keys, tokens, over HTTP, signed with a key of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class Provider:
    """What the tests say to it: whom it vouches for next, and what it lies about."""

    client_id = "tandem"
    secret = "kept-between-us"

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.issuer = ""
        self.lies: dict[str, Any] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.ends = True
        self.ended: list[str] = []

    def vouch(self, url: str, subject: str, **claims: Any) -> dict[str, str]:
        """Somebody signed in at the address the browser was sent to; what the browser brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code" and asked["client_id"] == self.client_id
        assert asked["code_challenge_method"] == "S256" and asked["scope"].split()[0] == "openid"
        code = f"code-{len(self.codes)}"
        self.codes[code] = {**asked, "sub": subject, "claims": claims}
        return {"code": code, "state": asked["state"]}

    def end(self, url: str) -> str:
        """Sign out whom the browser brought, by the token it came with; where the browser is sent afterwards."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == self.client_id and asked["tenant"] == "1"
        hint = jwt.decode(asked["id_token_hint"], self.key.public_key(), ["RS256"], audience=self.client_id)
        self.ended.append(hint["sub"])
        return asked["post_logout_redirect_uri"]

    def token(self, claims: dict[str, Any], key: Any = None, algorithm: str = "RS256") -> str:
        return jwt.encode(claims, key or self.key, algorithm=algorithm, headers={"kid": "one"})

    def claims(self, subject: str, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.issuer, "aud": self.client_id, "sub": subject, "nonce": nonce, "iat": now, "exp": now + 60,
        } | self.lies.get("claims", {})  # fmt: skip

    def answer(self, path: str, posted: dict[str, str]) -> dict[str, Any] | None:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.lies.get("issuer", self.issuer),
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **({"end_session_endpoint": f"{self.issuer}/end?tenant=1"} if self.ends else {}),
            } | self.lies.get("said", {})
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}
        if path == "/token":
            return self._token(posted)
        return None

    def _token(self, posted: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(posted.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(posted["code_verifier"].encode()).digest()).rstrip(b"=")
        known = posted.get("client_secret") == self.secret and posted.get("client_id") == self.client_id
        if asked is None or not known or proof.decode() != asked["code_challenge"]:
            return None
        claims = self.claims(asked["sub"], asked["nonce"]) | asked["claims"]
        key, algorithm = self.lies.get("key"), self.lies.get("algorithm", "RS256")
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.token(claims, key, algorithm)}


@contextmanager
def running() -> Iterator[Provider]:
    """A provider on a port of its own."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send({name: values[0] for name, values in parse_qs(body).items()})

        def _send(self, posted: dict[str, str]) -> None:
            found = provider.answer(self.path, posted)
            body = json.dumps(found or {"error": "invalid_grant"}).encode()
            self.send_response(200 if found else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
