"""From one release to the next: what earlier versions have left is there, plays, can be retried and goes on.

``v0_1_0/`` holds a site as 0.1.0 leaves it, made by ``python -m tests.upgrade.make``: a dump of the database for
SQLite, one for PostgreSQL, and the files. A release adds a folder beside it and changes none.
"""
