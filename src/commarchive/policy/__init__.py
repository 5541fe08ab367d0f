"""The access engine: pure rules about who may see what."""
