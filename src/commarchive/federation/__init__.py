"""Publishing to Wikidata what people consented to, exactly once, and taking it back.

Read in this order: `gate` (what the archive's people decided), `mapping` and `translate` (what can be said there),
`compare` (what stands there), `plan` and `planning`, `approve`, `apply`, `ledger`, then `verify` and `retract`.
"""

from commarchive.federation.service import Federation

__all__ = ["Federation"]
