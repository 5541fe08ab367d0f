"""Pages for people: rendered here, without scripts, in the reader's language."""
