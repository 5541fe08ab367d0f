"""The only door: every byte computed from a view."""
