"""The web process: puts API and console at their addresses, finds the tenant of a request."""
