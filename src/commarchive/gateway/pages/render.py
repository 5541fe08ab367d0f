"""Templates into pages: what every page has, whatever it is about.

Knows: the frame of a page. Must not know: what any page is about, or the archive but by what it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from babel.support import Translations
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from commarchive.errors import NotFoundError
from commarchive.gateway import languages
from commarchive.gateway.ask import Ask
from commarchive.gateway.pages.static import style_address
from commarchive.gateway.pages.translations import interface_language, translations
from commarchive.gateway.pages.values import direction, locale_of
from commarchive.model.archive import Texts
from commarchive.wikibase.rdf_values import language_tag

_A_YEAR = 365 * 24 * 3600


def words_of(ask: Ask) -> Translations:
    """The interface's words for a reader."""
    return translations(ask.reader.languages)


def text_of(texts: Texts, ask: Ask, default: str = "") -> str:
    """A text in the first of the reader's languages that has one."""
    return next((texts[code] for code in ask.reader.languages if code in texts), default)


def page(ask: Ask, template: str, status: int = 200, /, **context: Any) -> Response:
    """A page; a language chosen by `?lang=` is remembered."""
    body = _environment(ask.reader.languages).get_template(template).render(**_frame(ask), **context)
    response = HTMLResponse(body, status)
    offered = ask.services.archive.languages
    chosen = languages.chosen(ask.request, offered)
    if chosen is not None and ask.request.cookies.get(languages.COOKIE) != chosen:
        ask.keep_private = True
        response.set_cookie(
            languages.COOKIE, chosen, _A_YEAR, httponly=True, secure=ask.services.is_https, samesite="lax"
        )
    return response


def page_error(_error: Exception, status: int, ask: Ask) -> Response:
    """How errors of pages look: the same for whatever was asked for."""
    return page(ask, "error.html", status, status=status)


def page_number(ask: Ask) -> int:
    """Which page of a list is asked for, counted from 1.

    Raises:
        HTTPException: it is no number that makes sense.
    """
    text = ask.query.get("page", "1")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:7]) <= 100_000:
        raise HTTPException(400)
    return int(text)


def not_found() -> NotFoundError:
    """What is raised for a thing that does not exist, and for one that the reader may not know of."""
    return NotFoundError("no such page")


def _frame(ask: Ask) -> Mapping[str, Any]:
    archive = ask.services.archive
    interface = interface_language(ask.reader.languages)
    return {
        "archive_name": text_of(archive.name, ask, archive.id),
        "rights": ask.services.rights,
        "rights_text": text_of(ask.services.rights.text, ask),
        "language": language_tag(interface),
        "direction": direction(interface),
        "languages": [
            {
                "code": code,
                "tag": language_tag(code),
                "name": (locale_of(code).get_display_name(code.partition("-")[0]) or code).capitalize(),
                "chosen": code == ask.reader.language,
                "href": "?" + urlencode([*((k, v) for k, v in ask.query.items() if k != "lang"), ("lang", code)]),
            }
            for code in archive.languages
        ],
        "path": ask.request.url.path,
        "person": ask.session.person if ask.session else None,
        "form_token": ask.token("form") if ask.session else "",
        "style": style_address(),
        "tag": language_tag,
        "direction_of": direction,
        "query": ask.query,
    }


@cache
def _environment(languages_: tuple[str, ...]) -> Environment:
    environment = Environment(
        loader=PackageLoader("commarchive.gateway"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(languages_), newstyle=True)  # type: ignore[attr-defined]
    return environment
