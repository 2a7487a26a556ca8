"""The migrations of a version that does not exist yet: those of the present one, and one more."""
