"""Shows that the promise holds: canaries, denials, exits."""
