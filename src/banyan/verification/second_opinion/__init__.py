"""What should have been billed, worked out once more from the rules alone (REL-E)."""
