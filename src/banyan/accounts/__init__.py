"""Owners, customers and their billing accounts, with the lists they choose from."""
