"""Tables into an archive, by a mapping."""
