"""Who is who: a visitor is known by a cookie that only this server can have made.

token = random ─ "." ─ HMAC(secret, random)

Nothing is kept per visitor, so that no number of them fills memory.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

VISITOR_COOKIE = "filmnet_visitor"
_LONGEST = 200


class Visitors:
    """Makes and reads tokens; those of an earlier run of the server are void."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def issue(self) -> str:
        """A new visitor's token."""
        chance = secrets.token_urlsafe(24)
        return f"{chance}.{self._sign(chance)}"

    def read(self, token: str | None) -> str | None:
        """The visitor's name, which is also that of the folder; None for a token not ours."""
        if not token or len(token) > _LONGEST or not token.isascii():
            return None
        chance, _, signature = token.partition(".")
        if not hmac.compare_digest(signature, self._sign(chance)):
            return None
        return hashlib.sha256(chance.encode()).hexdigest()[:32]

    def _sign(self, chance: str) -> str:
        return hmac.new(self._secret, chance.encode(), hashlib.sha256).hexdigest()
