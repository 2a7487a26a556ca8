"""Where files lie: a folder or an object store, and the backup of it together with the database.

Who may have a file, and how it is sent, belongs to pages. Imports models.
"""
