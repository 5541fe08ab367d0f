"""The embedded wiki: an in-process Wikibase for trying, teaching and testing.

It speaks the part of the Wikibase API that commarchive and WikibaseIntegrator use, keeps everything in one SQLite file,
and needs no server and no network. A real archive runs on a real Wikibase.
"""

from commarchive.sandbox.faults import Fault, FaultKind, Faults
from commarchive.sandbox.http import serve
from commarchive.sandbox.session import Session
from commarchive.sandbox.settings import WIKIDATA, RateLimit, StringLimits, WikiSettings
from commarchive.sandbox.wiki import EmbeddedTransport, Wiki

__all__ = [
    "WIKIDATA",
    "EmbeddedTransport",
    "Fault",
    "FaultKind",
    "Faults",
    "RateLimit",
    "Session",
    "StringLimits",
    "Wiki",
    "WikiSettings",
    "serve",
]
