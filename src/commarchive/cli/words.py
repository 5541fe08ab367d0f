"""Options that several commands share, with the same words everywhere.

Knows: how people write instants and name themselves. Must not know: what for.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from commarchive.register.members import HOST

_NOBODY = ("visitor", HOST)
"""Words that stand for no account."""


def account(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """A person's name as a wiki spells names of accounts: the first letter large, spaces for underscores."""
    if value is None or value in _NOBODY:
        return value
    name = value.replace("_", " ").strip()
    return name[:1].upper() + name[1:]


BY = click.option("--by", default=HOST, show_default=True, callback=account, help="Who does this; their roles decide.")
WHY = click.option("--why", default="", help="The reason, for the audit; without names of restricted things.")
YES = click.option("--yes", is_flag=True, help="Do not ask.")


def instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    """An instant from a date or an ISO 8601 time; without a zone it is UTC.

    Raises:
        click.BadParameter: it is neither.
    """
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"`{value}` is no date such as 2031-01-01") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
