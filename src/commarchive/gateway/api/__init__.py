"""The Action API: what Wikibase's clients ask, answered from a view in Wikibase's own shapes.

Read `action` first: it is the only way in, and lists every action, submodule and parameter that there is.
"""
