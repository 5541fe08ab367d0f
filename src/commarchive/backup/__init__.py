"""Consistent snapshots of everything that cannot be derived."""
