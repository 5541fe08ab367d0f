"""The embedded wiki: an in-process Wikibase for trying, teaching and testing."""
