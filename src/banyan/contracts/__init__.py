"""Contracts of accounts, with their documents."""
