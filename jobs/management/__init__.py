"""The commands of ``manage.py``, and what several of them need: arguments, rendering without a site, checks at a start.

What a command does belongs to the room whose business it is; a command reads arguments and says what happened. Imports
every room.
"""
