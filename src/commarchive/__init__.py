"""commarchive: community archives on Wikibase whose access protocols hold."""

__version__ = "0.1.0"
