"""Schemas into a wiki: what is missing, planned and applied; who has which id, kept in a lock file.

Knows: schemas, ids, the terms that a pack brings. Must not know: who may see what, records of an archive.

A property or class is known by its slug, through the lock file; where the lock is lost, through the statement that
carries the slug, else through an equivalent's address. Never by its label: people rename and translate.
"""
