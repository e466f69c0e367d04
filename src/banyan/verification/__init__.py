"""Proving that what must never happen has not happened (REL-C)."""
