"""Append-only postings; they know a source, never an invoice."""
