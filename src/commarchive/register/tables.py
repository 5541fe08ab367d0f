"""The register's tables.

Knows: columns. Must not know: what a row means for access.

Instants are ISO 8601 texts in UTC, so that SQLite and PostgreSQL keep and compare the same thing.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

meta = Table("register_meta", metadata, Column("key", String(64), primary_key=True), Column("value", Text))

touched = Table(
    "touched",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("entity", String(16), primary_key=True),
)
"""Which entities' guards a change concerns; the projection brings them level before it answers."""

members = Table(
    "members",
    metadata,
    Column("person", String(255), primary_key=True),
    Column("group", String(64), primary_key=True),
    Column("role", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", String(40)),
    Column("until", String(40)),
)

protocols = Table(
    "protocols",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("definition", Text, nullable=False),
)
"""Protocols as they are in force, each as JSON."""

restrictions = Table(
    "restrictions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String(16), nullable=False),
    Column("target", String(160), nullable=False),
    Column("value", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("family", String(64), nullable=False),
    Index("restrictions_by_entity", "entity"),
)

releases = Table(
    "releases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String(16), nullable=False),
    Column("target", String(160), nullable=False),
    Column("value", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("proposal", Integer, nullable=False),
    Index("releases_by_entity", "entity"),
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("proposer", String(255), nullable=False),
    Column("at", String(40), nullable=False),
    Column("entries", Text, nullable=False),
    Column("needs", Text, nullable=False),
    Column("state", String(16), nullable=False),
)
"""`entries`: JSON list of [entity, target, value, revision]; `needs`: JSON object, group → stewards that must agree."""

approvals = Table(
    "approvals",
    metadata,
    Column("subject", String(160), primary_key=True),
    Column("person", String(255), primary_key=True),
    Column("at", String(40), nullable=False),
)
"""Who agreed to what: `release:<proposal>`, `plan:<hash>` or `protocol:<id>:<hash>`."""

holds = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("placed_by", String(255), nullable=False),
    Column("placed_at", String(40), nullable=False),
    Column("review", String(10)),
    Column("lifted_at", String(40)),
)

held = Table(
    "held",
    metadata,
    Column("hold", Integer, primary_key=True, autoincrement=False),
    Column("entity", String(16), primary_key=True),
    Column("freed", Boolean, nullable=False),
    Index("held_by_entity", "entity"),
)
"""What each hold closes: the entity itself, and records one reference away."""

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String(16), nullable=False),
    Column("statements", Text),
    Column("person", String(255), nullable=False),
    Column("on_behalf_of", String(255), nullable=False),
    Column("scope", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("since", String(40), nullable=False),
    Column("until", String(40)),
    Column("withdrawn_at", String(40)),
    Index("consents_by_entity", "entity"),
)
"""`statements`: JSON list of GUIDs, null for the whole record; `scope`: JSON list of words."""

justifications = Table(
    "justifications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("about", String(64), nullable=False),
    Column("part", String(160), nullable=False),
    Column("word", String(80), nullable=False),
    Column("condition", Text, nullable=False),
    Column("person", String(255), nullable=False),
    Column("at", String(40), nullable=False),
    Column("why", Text, nullable=False),
)
"""Why a Label stands on something that is open, by the condition for which that was said."""
