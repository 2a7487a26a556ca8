"""Django's backend for SQLite, in which writers that wait for their turn look for it often."""
