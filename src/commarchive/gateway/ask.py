"""A request as a handler sees it: what was asked, by whom, and the archive as they see it.

Knows: the view, the session, the reader's languages. Must not know: a way to the archive around the view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from commarchive.gateway.languages import Reader
from commarchive.identity import Identity, Session
from commarchive.identity.sessions import form_token, new_token
from commarchive.model.archive import Archive
from commarchive.policy.standing import Principal
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection, View
from commarchive.wikibase.rdf import RdfRights, RdfWriter


@dataclass(frozen=True)
class Services:
    """What the gateway serves from.

    `archive` is what the archive's files say of it: its names, languages and address. `formatters` maps a property of
    external ids to an address with `$1` in it.
    """

    archive: Archive
    projection: Projection
    identity: Identity
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    rights: RdfRights = field(default_factory=RdfRights)
    formatters: Mapping[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """What every address of the archive begins with, without a slash at its end."""
        return self.archive.base_url

    @property
    def is_https(self) -> bool:
        """Whether cookies travel encrypted only."""
        return self.base_url.startswith("https:")

    @property
    def session_cookie(self) -> str:
        """The name of the cookie; with the prefix, browsers let no neighbouring host set it."""
        return "__Host-commarchive" if self.is_https else "commarchive"

    @property
    def rdf(self) -> RdfWriter:
        """Writes the archive's entities as RDF."""
        return RdfWriter(self.base_url, self.rights)


@dataclass
class Ask:
    """One request.

    `form` holds what came in its body. `cookie` is the secret that the browser holds, whether or not somebody is signed
    in by it; what a handler puts into `set_cookie` goes out with the answer (empty: the cookie is taken away).
    `keep_private` makes the answer one that nobody may keep.
    """

    request: Request
    services: Services
    form: Mapping[str, str]
    session: Session | None
    principal: Principal
    reader: Reader
    cookie: str
    _view: View | None = None
    set_cookie: str | None = None
    keep_private: bool = False

    @property
    def view(self) -> View:
        """The archive as the reader sees it.

        Raises:
            RuntimeError: the endpoint was made without one.
        """
        if self._view is None:
            raise RuntimeError("this exit was declared to need no view")
        return self._view

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters in the address; of a repeated one the last."""
        return dict(self.request.query_params)

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else ""

    @property
    def is_public(self) -> bool:
        """Whether the answer is the same for everyone: nobody's session, nobody's secret, a visitor's standing."""
        return (
            not self.keep_private
            and self.set_cookie is None
            and not self.cookie
            and self.session is None
            and self._view is not None
            and self._view.standing.is_visitors
        )

    def token(self, kind: str) -> str:
        """A token for a form of this browser; one that holds no secret yet is given one."""
        self.keep_private = True
        if not self.cookie:
            self.cookie = self.set_cookie = new_token()
        return form_token(self.cookie, kind)
