"""The dated relations: who belongs to whom, and who is responsible for whom."""
