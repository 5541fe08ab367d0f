"""Accounts: names, passwords, bot passwords, groups, blocks, and who may do what.

Knows: MediaWiki's rules for names, groups and bot passwords. Must not know: HTTP, or what a right is needed for.

Passwords are kept as salted scrypt hashes, light ones: this wiki is for trying and testing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from commarchive.errors import ConflictError, NotFoundError, UsageError
from commarchive.sandbox.settings import WikiSettings
from commarchive.sandbox.store import Store

_FORBIDDEN = set("#<>[]|{}/@:=")
_SCRYPT = {"n": 2**10, "r": 8, "p": 1, "dklen": 32}
_APP_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Block:
    """A block of an account from editing."""

    id: int
    by: str
    reason: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account; `token` changes with the password, so that sessions end."""

    id: int
    name: str
    token: str
    registered: str
    edits: int
    groups: tuple[str, ...]
    block: Block | None = None

    @property
    def effective_groups(self) -> tuple[str, ...]:
        """Its groups and those that everybody is in."""
        return (*self.groups, "*", "user", "autoconfirmed")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who sends a request: an account, or nobody in particular."""

    account: Account | None
    rights: frozenset[str]

    @property
    def name(self) -> str:
        """The name that edits bear."""
        return self.account.name if self.account else "127.0.0.1"

    @property
    def account_id(self) -> int:
        """0 for nobody in particular."""
        return self.account.id if self.account else 0

    def may(self, right: str) -> bool:
        """Whether they have this right."""
        return right in self.rights


def normalize_name(name: str) -> str:
    """A user name as MediaWiki writes it: blanks, no underscores, first letter in upper case; empty if impossible."""
    name = " ".join(name.replace("_", " ").split())
    if not name or _FORBIDDEN & set(name) or len(name.encode()) > 255:
        return ""
    return name[:1].upper() + name[1:]


class Accounts:
    """The accounts in a wiki's file."""

    def __init__(self, store: Store, settings: WikiSettings, stamp: Callable[[], str]) -> None:
        self._store = store
        self._settings = settings
        self._stamp = stamp

    def create(self, name: str, password: str, groups: Iterable[str]) -> Account:
        """Make an account.

        Raises:
            UsageError: the name is not possible, or the password is empty.
            ConflictError: the name is taken.
        """
        canonical = normalize_name(name)
        if not canonical:
            raise UsageError(f"`{name}` cannot be a user's name")
        if not password:
            raise UsageError("a password must not be empty")
        with self._store.write():
            if self.find(canonical):
                raise ConflictError(f"there is an account `{canonical}` already")
            id_ = self._store.insert(
                "account",
                name=canonical,
                password=_hash(password),
                token=secrets.token_hex(16),
                registered=self._stamp(),
            )
            self._write_groups(id_, groups)
        return self.get(canonical)

    def find(self, name: str) -> Account | None:
        """The account of this name."""
        return self._load("SELECT id, name, token, registered, edits FROM account WHERE name = ?", normalize_name(name))

    def by_id(self, account_id: int) -> Account | None:
        """The account with this id."""
        return self._load("SELECT id, name, token, registered, edits FROM account WHERE id = ?", account_id)

    def get(self, name: str) -> Account:
        """The account of this name.

        Raises:
            NotFoundError: there is none.
        """
        account = self.find(name)
        if account is None:
            raise NotFoundError(f"there is no account `{name}`")
        return account

    def _load(self, sql: str, key: str | int) -> Account | None:
        row = self._store.row(sql, (key,))
        if row is None:
            return None
        groups = self._store.rows("SELECT name FROM membership WHERE account = ? ORDER BY name", (row[0],))
        block = self._store.row("SELECT id, by_name, reason, timestamp FROM block WHERE account = ?", (row[0],))
        id_, account_name, token, registered, edits = row
        names = tuple(group for (group,) in groups)
        return Account(id_, account_name, token, registered, edits, names, Block(*block) if block else None)

    def set_password(self, name: str, password: str) -> None:
        """Change a password; every session of the account ends."""
        if not password:
            raise UsageError("a password must not be empty")
        with self._store.write():
            account = self.get(name)
            self._store.execute(
                "UPDATE account SET password = ?, token = ? WHERE id = ?",
                (_hash(password), secrets.token_hex(16), account.id),
            )

    def set_groups(self, name: str, groups: Iterable[str]) -> None:
        """Put an account into these groups and no others."""
        with self._store.write():
            account = self.get(name)
            self._store.execute("DELETE FROM membership WHERE account = ?", (account.id,))
            self._write_groups(account.id, groups)

    def _write_groups(self, account_id: int, groups: Iterable[str]) -> None:
        names = sorted(set(groups))
        self._store.execute_many("INSERT INTO membership VALUES (?, ?)", [(account_id, name) for name in names])

    def block(self, name: str, *, by: str, reason: str) -> None:
        """Block an account from editing; it may still sign in and, where it could, read."""
        with self._store.write():
            account = self.get(name)
            if account.block is None:
                self._store.insert("block", account=account.id, by_name=by, reason=reason, timestamp=self._stamp())

    def unblock(self, name: str) -> None:
        """Lift a block."""
        with self._store.write():
            self._store.execute("DELETE FROM block WHERE account = ?", (self.get(name).id,))

    def create_bot_password(self, name: str, app_id: str) -> str:
        """Make a bot password, replacing one of the same app; one signs in with it as `Name@app`."""
        if not app_id or len(app_id) > _APP_CHARACTERS or not app_id.isprintable() or "@" in app_id:
            raise UsageError(f"`{app_id}` cannot name a bot password")
        password = secrets.token_hex(16)
        with self._store.write():
            account = self.get(name)
            self._store.execute(
                "INSERT OR REPLACE INTO bot_password VALUES (?, ?, ?)", (account.id, app_id, _hash(password))
            )
        return password

    def check_password(self, name: str, password: str) -> Account | None:
        """The account, if this is its password."""
        account = self.find(name)
        stored = self._store.value("SELECT password FROM account WHERE id = ?", (account.id,)) if account else None
        # A hash is computed for unknown names too, so that they take as long.
        right = _matches(password, stored or _NOBODY)
        return account if account and right else None

    def check_bot_password(self, name: str, password: str) -> Account | None:
        """The account, if name and password are those of a bot password (`Name@app`, or `app@password` as password)."""
        user, _, app = name.rpartition("@")
        if not user:
            user = name
            app, _, password = password.partition("@")
        account = self.find(user)
        sql = "SELECT password FROM bot_password WHERE account = ? AND app = ?"
        stored = self._store.value(sql, (account.id, app)) if account else None
        right = _matches(password, stored or _NOBODY)
        return account if account and right else None

    def actor(self, account: Account | None) -> Actor:
        """Who a request's sender is, with their rights."""
        groups = account.effective_groups if account else ("*",)
        return Actor(account, frozenset(self._settings.rights_of(groups)))


def _hash(password: str, salt: bytes | None = None) -> str:
    salt = salt or secrets.token_bytes(16)
    return f"{salt.hex()}:{hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT).hex()}"


def _matches(password: str, stored: str) -> bool:
    salt = bytes.fromhex(stored.partition(":")[0])
    return hmac.compare_digest(_hash(password, salt), stored)


_NOBODY = _hash(secrets.token_hex(16))
