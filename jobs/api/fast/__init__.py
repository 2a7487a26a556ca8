"""The short way of polls and orders: ``door.Door`` answers them before Django has a request of them.

Nothing may happen here that the long way, ``jobs.api.views``, would not do alike (docs/DESIGN.md says what that means);
``MUSICSITE_FAST_PATH=0`` switches it off. Nobody but the WSGI application comes in, and only by ``door``.
"""
