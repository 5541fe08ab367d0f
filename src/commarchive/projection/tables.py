"""The projection's tables.

Knows: columns and indexes. Must not know: conditions; a guard is a number here.

Every row that a list, a search or a count can meet carries the guard of exactly what it discloses. So a list is
filtered by the set of guards that its reader satisfies, in the database, before anything is counted or paged.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.dialects import postgresql

FORMAT = "1"
"""The shape of the tables and of what is kept in them; those of another shape are filled anew."""

metadata = MetaData()

_BY_CODE_POINT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text that is compared by code point everywhere, so that a range finds what begins with something."""

meta = Table("projection_meta", metadata, Column("key", String(64), primary_key=True), Column("value", Text))

guards = Table(
    "guards",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("condition", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""A number, once given, never means another condition: whoever remembers it may go on doing so."""

entities = Table(
    "entities",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("type", String(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("datatype", Text),
    Column("revision", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("guards", LargeBinary, nullable=False),
    Column("history", LargeBinary, nullable=False),
    Column("guard", Integer, nullable=False),
    Column("know", Integer, nullable=False),
    Index("entities_in_order", "type", "number"),
    Index("entities_by_revision", "revision"),
)
"""`body`: the unredacted entity as JSON; `guards`: its compiled guards; `guard` and `know`: the two most used."""

redirects = Table(
    "redirects",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("target", String(16), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("guard", Integer, nullable=False),
    Index("redirects_by_target", "target"),
)

terms = Table(
    "terms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String(16), nullable=False),
    Column("type", String(16), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("language", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("folded", _BY_CODE_POINT, nullable=False),
    Column("guard", Integer, nullable=False),
    Index("terms_by_text", "folded"),
    Index("terms_by_entity", "entity"),
)

words = Table(
    "words",
    metadata,
    Column("word", _BY_CODE_POINT, nullable=False),
    Column("entity", String(16), nullable=False),
    Column("weight", Integer, nullable=False),
    Column("guard", Integer, nullable=False),
    Index("words_by_word", "word"),
    Index("words_by_entity", "entity"),
)

facets = Table(
    "facets",
    metadata,
    Column("entity", String(16), nullable=False),
    Column("property", String(16), nullable=False),
    Column("value", String(16), nullable=False),
    Column("guard", Integer, nullable=False),
    Index("facets_by_value", "property", "value"),
    Index("facets_by_entity", "entity"),
)
"""Statements whose value is an entity of the archive."""

mentions = Table(
    "mentions",
    metadata,
    Column("entity", String(16), primary_key=True),
    Column("mentioned", String(16), primary_key=True),
    Index("mentions_by_mentioned", "mentioned"),
)
"""Which entities an entity speaks of in any snak: their guards are part of its rows' guards."""

BY_ENTITY = (terms, words, facets, mentions)
"""Tables whose rows are derived from one entity each."""
