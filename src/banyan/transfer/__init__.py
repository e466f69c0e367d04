"""Import and export as CSV."""
