"""Sessions: who is signed in over one transport, and the tokens that belong to it.

Knows: MediaWiki's tokens. Must not know: cookies, passwords.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

ANONYMOUS_TOKEN = "+\\"  # noqa: S105  MediaWiki's public token of somebody who is not signed in


@dataclass(slots=True)
class Session:
    """One client's session. `account_token` is the account's at sign-in: a new password ends the session."""

    account_id: int = 0
    account_token: str = ""
    bot_password: bool = False
    secret: str = field(default_factory=lambda: secrets.token_hex(32))

    def sign_in(self, account_id: int, account_token: str, *, bot_password: bool) -> None:
        """Become this account; earlier tokens end."""
        self.account_id, self.account_token, self.bot_password = account_id, account_token, bot_password
        self.secret = secrets.token_hex(32)

    def sign_out(self) -> None:
        """Become nobody in particular."""
        self.sign_in(0, "", bot_password=False)

    def token(self, kind: str) -> str:
        """The token of this kind: `login`, `csrf` and so on; the public one where nobody is signed in."""
        if kind != "login" and not self.account_id:
            return ANONYMOUS_TOKEN
        digest = hmac.new(self.secret.encode(), f"{kind}:{self.account_id}".encode(), hashlib.sha256).hexdigest()
        return f"{digest[:40]}{ANONYMOUS_TOKEN}"

    def accepts(self, kind: str, token: str) -> bool:
        """Whether this is the session's token."""
        return hmac.compare_digest(self.token(kind).encode(), token.encode())
