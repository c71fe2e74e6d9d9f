"""Passwords as pg_authid keeps them: MD5 hashes and SCRAM verifiers."""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from functools import lru_cache
from hashlib import md5, pbkdf2_hmac, sha256

from host.effort import HASHED, spend

_MD5 = re.compile(r"md5[0-9a-f]{32}")
_SCRAM = re.compile(r"SCRAM-SHA-256\$(\d{1,6}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]{44}):([A-Za-z0-9+/=]{44})")
ITERATIONS = 4096
"""scram_iterations."""


def kept(method: str, user: str, password: str) -> str:
    """encrypt_password: what was given, if it is a hash or verifier already; else by password_encryption's method."""
    if _MD5.fullmatch(password) or _SCRAM.fullmatch(password):
        return password
    if method == "scram-sha-256":
        # The server's salt is random; here one user's is always the same.
        return _verified(password, sha256(user.encode()).digest()[:16], ITERATIONS)
    return _hashed(user, password)


def is_md5(secret: str) -> bool:
    """Is it a hash with the user's name in it?"""
    return _MD5.fullmatch(secret) is not None


def matches(secret: str, user: str, password: str) -> bool:
    """Does somebody who gives this password know the secret?"""
    scram = _SCRAM.fullmatch(secret)
    if scram is not None:
        return _verified(password, b64decode(scram[2]), int(scram[1])) == secret
    return secret in (password, _hashed(user, password))


def _hashed(user: str, password: str) -> str:
    return "md5" + md5((password + user).encode(), usedforsecurity=False).hexdigest()


def _verified(password: str, salt: bytes, iterations: int) -> str:
    """RFC 5803: the work is in the iterations, of which a role's secret may ask for any number."""
    spend(iterations // HASHED)
    return _verifier(password, salt, iterations)


@lru_cache(maxsize=256)
def _verifier(password: str, salt: bytes, iterations: int) -> str:
    salted = pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client, server = (hmac.digest(salted, name, "sha256") for name in (b"Client Key", b"Server Key"))
    stored = sha256(client).digest()
    salt_text, stored_text, server_text = (b64encode(one).decode() for one in (salt, stored, server))
    return f"SCRAM-SHA-256${iterations}:{salt_text}${stored_text}:{server_text}"
