"""Tables of records into a wiki: read, checked, written once, and written again only where a row changed.

Knows: mappings, rows, values, and what an earlier run wrote. Must not know: who may see what; releases are the
caller's.

A row that cannot be taken is rejected alone, with its line and column. A row that does not say who may see its record
is such a row: nothing is ever taken to be public because nothing was said.
"""
