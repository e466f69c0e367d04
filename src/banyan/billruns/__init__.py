"""Bill runs: rows to facts, facts to bills, bills to rows."""
