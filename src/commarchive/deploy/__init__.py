"""Drivers that stand an archive up."""
