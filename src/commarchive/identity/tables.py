"""Tables of sessions and attempts, in the register's database.

Knows: columns. Must not know: when a session counts.

No token and no name stands here in clear where its hash will do: whoever reads a copy of the database can neither take
over a session nor learn who tried to sign in.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table

metadata = MetaData()

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("person", String(255), nullable=False),
    Column("created", String(40), nullable=False),
    Column("used", String(40), nullable=False),
    Column("ends", String(40), nullable=False),
    Index("sessions_by_person", "person"),
    Index("sessions_by_end", "ends"),
)
"""`token`: SHA-256 of the token; `ends`: when the session ends whatever happens. Instants are ISO 8601 in UTC."""

attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("at", String(40), nullable=False),
    Index("attempts_by_key", "key", "at"),
)
"""Attempts that failed or are under way; `key`: a hash of an account's name or of an address."""
