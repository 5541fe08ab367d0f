"""Members, releases, holds, consents and approvals; each change with its audit row."""
