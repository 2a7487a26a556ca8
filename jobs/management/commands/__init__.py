"""A module for each command of ``manage.py``, called as it is."""
