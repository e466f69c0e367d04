"""The tenants of this installation, each a schema of its own."""
