"""What a user keeps for the console alone."""
