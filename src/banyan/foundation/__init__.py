"""What every package stands on: tenants, settings, history, jobs, idempotency, the database."""
