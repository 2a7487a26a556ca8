"""What every page knows: how far the person's jobs are, as the polling script takes over from there."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from jobs.pages.postponed import shown
from jobs.progress.notices import first_state


def indicator(request: HttpRequest) -> dict[str, Any]:
    """Context processor. ``indicator``: the header's region, and ``postponed``: what was not done while the person
    was signed out; for whoever is signed in, else nothing.
    """
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return {}
    return {"indicator": Indicator(request), "postponed": SimpleLazyObject(lambda: shown(request))}


class Indicator:
    """The indicator of a request's user; asks the database when a template first uses it.

    Pages without it cost nothing.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def state(self) -> dict[str, Any]:
        """``FirstState`` of static/pages/modules/types.js: what the script goes on from."""
        return {
            **first_state(self._request.user, self._request.session),
            "owner": str(self._request.user.pk),
            "urls": {"active": "/api/music/active", "login": reverse("login")},
            "words": {
                "place": _("place {n} in the queue"),
                "next": _("next in line"),
                "left": _("{time} left"),
                "started": _("Making “{title}” has begun."),
                "ready": _("“{title}” is ready."),
                "failed": _("“{title}” could not be made."),
                "offline": _("You are offline. Your music is made all the same; this page goes on with the network."),
                "away": _("Connection lost. Reconnecting…"),
                "busy": _("The server is busy or starting. Trying again…"),
                "back": _("Connected again."),
                "willNotify": _("You will be notified when your music is ready."),
                "willNotNotify": _("Your browser does not allow notifications of this site."),
                "unreachable": _("The server cannot be reached. Please try again in a moment."),
                "notDone": _("You are signed out, so nothing was changed. Log in and try again."),
                "play": _("Play “{title}”"),
                "pause": _("Pause “{title}”"),
                "playThis": _("Play"),
                "pauseThis": _("Pause"),
                "resume": _("Resume at {time}"),
                "waiting": _("Waiting for the network…"),
                "gone": _("This track is no longer there."),
                "elsewhere": _("Playing in another tab"),
                "position": _("{time} of {length}"),
                "mute": _("Mute"),
                "unmute": _("Unmute"),
                "seconds": _("{n} s"),
                "off": _("off"),
                "remove": _("Take “{title}” out of the queue"),
            },
        }
