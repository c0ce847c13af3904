"""A small OpenID Connect provider on this machine: discovery, keys, authorization code with PKCE, signed id tokens."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "tenure", "the-secret-of-the-client"


class Provider:
    """Signs in whoever `claims` describes. `tamper` changes the id token's claims before they are signed."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "1", "email": "ann@example.com", "email_verified": True}
        self.tamper: dict[str, Any] = {}
        self.url = ""
        self.asked: dict[str, dict[str, str]] = {}
        self.key = RSAKey.generate_key(2048, {"kid": "k1"})

    def app(self) -> Flask:
        app = Flask("provider")

        @app.get("/.well-known/openid-configuration")
        def discovery() -> Any:
            ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return jsonify(issuer=self.url, **{name: self.url + path for name, path in ends.items()})

        @app.get("/keys")
        def keys() -> Any:
            return jsonify(keys=[self.key.as_dict(private=False)])

        @app.get("/authorize")
        def authorize() -> Any:
            code = secrets.token_hex(8)
            self.asked[code] = dict(request.args)
            return redirect(f"{request.args['redirect_uri']}?code={code}&state={request.args['state']}")

        @app.post("/token")
        def token() -> Any:
            asked = self.asked.pop(request.form["code"], None)
            if asked is None or request.authorization is None or request.authorization.password != SECRET:
                return jsonify(error="invalid_grant"), 400
            digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
                return jsonify(error="invalid_grant"), 400
            now = int(time.time())
            claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
            signed = jwt.encode({"alg": "RS256", "kid": "k1"}, {**claims, **self.claims, **self.tamper}, self.key)
            return jsonify(access_token="a", token_type="Bearer", id_token=signed)

        return app


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that listens on a free port while the block runs."""
    found = Provider()
    server = make_server("127.0.0.1", 0, found.app())
    found.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
