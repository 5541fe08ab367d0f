"""The append-only hash chain of who decided what, and why."""
