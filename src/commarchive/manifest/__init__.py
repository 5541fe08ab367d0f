"""The files a community owns: load, validate, explain."""
