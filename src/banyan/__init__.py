"""Banyan: B2B billing for customers as they are built. See README.md and docs/ for where things live."""

__version__ = "0.1.0"
