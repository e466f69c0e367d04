"""Measurements against a floor taken in the same run (PERF-6). `make bench` runs them all."""
