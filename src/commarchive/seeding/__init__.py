"""Schemas into a wiki: plan, apply, idempotent."""
