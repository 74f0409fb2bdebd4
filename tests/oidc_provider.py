"""An identity provider in a process of its own (`python -m tests.oidc_provider PORT`), for tests alone.

It speaks the code flow as OpenID Connect Core asks: registered client and address, PKCE (S256), codes and
tokens that work once, RS256. Whoever comes is signed in at once, as what was last posted to `/who`; that may
also name a flaw, with which one answer is made wrong.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "traject", "of the tests: only"
LIFETIME = 300

key, other_key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
who: dict[str, Any] = {}
codes: dict[str, dict[str, Any]] = {}
tokens: dict[str, dict[str, Any]] = {}


class Refused(Exception):
    """The error that the standard names for it."""


def check(holds: object, error: str) -> None:
    if not holds:
        raise Refused(error)


def authorize(asked: dict[str, str]) -> str:
    """The address to which the browser goes back, with a code."""
    check(asked["client_id"] == CLIENT_ID, "unauthorized_client")
    check(urlsplit(asked["redirect_uri"]).path == "/account/provider/callback/", "invalid_redirect_uri")
    check(asked["response_type"] == "code" and "openid" in asked["scope"].split(), "invalid_scope")
    check(asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43, "invalid_request")
    check(len(asked["nonce"]) >= 32 and len(asked["state"]) >= 16, "invalid_request")
    if who.get("flaw") == "cancelled":
        answer = {"error": "access_denied"}
    else:
        code = secrets.token_urlsafe(16)
        codes[code] = asked | {"claims": dict(who["claims"]), "flaw": who.get("flaw")}
        answer = {"code": code}
    return f"{asked['redirect_uri']}?{urlencode(answer | {'state': asked['state']})}"


def exchange(sent: dict[str, str], authorization: str, issuer: str) -> dict[str, Any]:
    """The tokens for a code, which works once."""
    kind, _, credentials = authorization.partition(" ")
    said = base64.b64decode(credentials).decode()
    known = {f"{CLIENT_ID}:{CLIENT_SECRET}", f"{unquote(CLIENT_ID)}:{unquote(CLIENT_SECRET)}"}
    check(kind == "Basic" and said in known, "invalid_client")
    asked = codes.pop(sent["code"], None)
    check(asked is not None and sent["grant_type"] == "authorization_code", "invalid_grant")
    assert asked is not None
    check(sent["redirect_uri"] == asked["redirect_uri"], "invalid_grant")
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    check(challenge == asked["code_challenge"], "invalid_grant")
    access_token = secrets.token_urlsafe(16)
    tokens[access_token] = asked["claims"]
    return {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "id_token": id_token(asked, issuer),
    }


def id_token(asked: dict[str, Any], issuer: str) -> str:
    now, flaw = int(time.time()), asked["flaw"]
    in_token = {name: value for name, value in asked["claims"].items() if not name.startswith("userinfo:")}
    claims = in_token | {
        "iss": issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + LIFETIME,
        "nonce": asked["nonce"],
    }
    wrong: dict[str, dict[str, Any]] = {
        "audience": {"aud": "another"},
        "several audiences": {"aud": [CLIENT_ID, "another"], "azp": "another"},
        "issuer": {"iss": "http://another.example"},
        "expired": {"iat": now - 2 * LIFETIME, "exp": now - LIFETIME},
        "of tomorrow": {"iat": now + 86400, "exp": now + 90000},
        "nonce": {"nonce": "of another request"},
    }
    claims |= wrong.get(flaw, {})
    for missing in ("nonce", "exp", "sub", "aud"):
        if flaw == f"no {missing}":
            del claims[missing]
    if flaw == "unsigned":
        return jwt.encode(claims, "", algorithm="none", headers={"kid": "1"})
    if flaw == "signed with our secret":
        return jwt.encode(claims, CLIENT_SECRET * 3, algorithm="HS256", headers={"kid": "1"})
    signing = other_key if flaw == "signature" else key
    token = jwt.encode(claims, signing, algorithm="RS256", headers={"kid": "9" if flaw == "key" else "1"})
    return f"{token}x" if flaw == "broken" else token


def jwks() -> dict[str, Any]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"keys": [public | {"kid": "1", "use": "sig", "alg": "RS256"}]}


def userinfo(authorization: str) -> dict[str, Any]:
    claims = tokens.pop(authorization.removeprefix("Bearer "), None)
    check(claims, "invalid_token")
    assert claims is not None
    return {name.removeprefix("userinfo:"): value for name, value in claims.items()}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if who.get("flaw") == f"down: {path}":
            return self.answer(503, "down")
        if who.get("flaw") == f"nonsense: {path}":
            return self.answer(200, "<html>")
        pages: dict[str, Callable[[], dict[str, Any]]] = {
            "/.well-known/openid-configuration": self.configuration,
            "/jwks": jwks,
            "/userinfo": lambda: userinfo(self.headers.get("Authorization", "")),
        }
        if path != "/authorize":
            return self.answer(200, json.dumps(pages[path]()))
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        try:
            return self.answer(302, "", location=authorize(query))
        except (Refused, KeyError) as error:
            return self.answer(400, repr(error))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/who":
            who.clear()
            who.update(json.loads(body))
            return self.answer(200, "{}")
        if who.get("flaw") == "down: /token":
            return self.answer(503, "down")
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        try:
            tokens = exchange(sent, self.headers.get("Authorization", ""), self.issuer)
        except (Refused, KeyError) as error:
            return self.answer(400, json.dumps({"error": str(error)}))
        if who.get("flaw") == "no id token":
            del tokens["id_token"]
        return self.answer(200, json.dumps(tokens))

    @property
    def issuer(self) -> str:
        return f"http://{self.headers['Host']}"

    def configuration(self) -> dict[str, Any]:
        issuer = "http://another.example" if who.get("flaw") == "configuration" else self.issuer
        endpoints = {
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        return {"issuer": issuer, **endpoints}

    def answer(self, status: int, body: str, *, location: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
