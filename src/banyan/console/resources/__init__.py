"""Pages of what is simply listed, created, changed and deleted: each resource is declared, its pages are made."""
