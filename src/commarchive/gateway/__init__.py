"""Surfaces: Action API, linked data, pages. Every byte is computed from one view.

Read in this order: `ask` (a request with its reader's view), `exits` (how a handler becomes an endpoint), `app` (which
path leads where), `inventory` (every exit, and what sweeps it).
"""

from commarchive.gateway.app import create_app
from commarchive.gateway.ask import Services

__all__ = ["Services", "create_app"]
