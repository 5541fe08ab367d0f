"""Why a reader sees something, and what its communities ask of them, in the reader's language.

Knows: how each atom of a condition is put into words for the person it holds for. Must not know: how conditions hold;
only what already lets this reader in is ever put into words.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from babel.dates import format_date

from commarchive.gateway.ask import Ask
from commarchive.gateway.pages.render import text_of, words_of
from commarchive.gateway.pages.translations import interface_language
from commarchive.gateway.pages.values import locale_of
from commarchive.policy.condition import After, Atom, Before, Members, Shares, Stewards
from commarchive.projection.reader import Name, first_of
from commarchive.projection.why import Why


def reasons_of(ask: Ask, why: Why | None) -> tuple[str, ...]:
    """Why, in sentences; at least one, unless everyone may see it."""
    if why is None:
        return ()
    if not why.atoms:
        return (words_of(ask).gettext("You are a custodian of the wiki: nothing is closed to you."),)
    return tuple(dict.fromkeys(_sentence(ask, atom) for atom in why.atoms))


def notices_of(ask: Ask, protocols: Iterable[str]) -> tuple[Name, ...]:
    """What the protocols ask of those who see what they keep."""
    known = ask.view.archive.protocols
    notices = (known[name].notice for name in protocols if name in known)
    return tuple(Name(*first_of(notice, ask.reader.languages)) for notice in notices if notice)


def _sentence(ask: Ask, atom: Atom) -> str:
    words = words_of(ask)
    match atom:
        case Shares(protocol) if protocol in ask.view.standing.open_protocols:
            return words.gettext("It is kept under %(group)s, which is open to everyone.") % {
                "group": _group(ask, protocol)
            }
        case Shares(protocol):
            return words.gettext("You share in %(group)s.") % {"group": _group(ask, protocol)}
        case Members(str(group)):
            return words.gettext("You are a member of %(group)s.") % {"group": _group(ask, group)}
        case Stewards(str(group)):
            return words.gettext("You are a steward of %(group)s.") % {"group": _group(ask, group)}
        case After(day):
            return words.gettext("It has been open since %(date)s.") % {"date": _day(ask, day)}
        case Before(day):
            return words.gettext("It is open until %(date)s.") % {"date": _day(ask, day)}
    return words.gettext("It is open to everyone.")


def _day(ask: Ask, day: date) -> str:
    return format_date(day, "long", locale=locale_of(interface_language(ask.reader.languages)))


def _group(ask: Ask, id_: str) -> str:
    archive = ask.view.archive
    group = archive.protocols.get(id_) or archive.communities.get(id_)
    return text_of(group.name, ask, id_) if group is not None else id_
