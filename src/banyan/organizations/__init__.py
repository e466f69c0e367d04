"""Who may reach what: the access tree and the keys."""
