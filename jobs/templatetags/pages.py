"""Small things that templates need."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import sin
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from jobs.accounts.sessions import SignedIn
from jobs.pages.labels import clock
from jobs.pages.pictures import BARS, bars
from jobs.progress.snapshot import MOST_AHEAD

register = template.Library()
register.filter("clock", clock)


@register.filter
def ago(moment: datetime) -> str:
    """“3 hours ago”, in the largest unit; the same in every time zone."""
    if timezone.now() - moment < timedelta(minutes=1):
        return _("Just now")
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}


@register.filter
def place(position: int) -> str:
    """A place in the queue, which is not counted any further than MOST_AHEAD."""
    return f"{MOST_AHEAD}+" if position > MOST_AHEAD else str(position)


@register.filter
def as_download(url: str) -> str:
    """The address of a file, for a browser to keep it."""
    return f"{url}{'&' if '?' in url else '?'}download=1"


NIL = "00000000-0000-0000-0000-000000000000"  # the job of a <template>; the script puts a real one in its place


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture of the sprite, by its name there; it says nothing, so a text must stand beside it."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name)


@register.simple_tag
def select(field: BoundField) -> SafeString:
    """A field of one choice, with or without groups; Django's own templates take a tenth of a second for thousands."""
    chosen = str(field.value())

    def options(choices: Iterable[tuple[Any, Any]]) -> SafeString:
        marked = (
            (str(value), SafeString(" selected") if str(value) == chosen else "", text) for value, text in choices
        )
        parts = (  # without quotes where HTML needs none: there are thousands
            format_html(
                "<option value={}{}>{}" if value.isidentifier() else '<option value="{}"{}>{}', value, mark, text
            )
            for value, mark, text in marked
        )
        return SafeString("".join(parts))

    parts = [
        format_html('<optgroup label="{}">{}</optgroup>', value, options(text)) if isinstance(text, list) else None
        for value, text in field.field.choices  # type: ignore[attr-defined]
    ]
    inside = SafeString("".join(part for part in parts if part)) or options(field.field.choices)  # type: ignore[attr-defined]
    return format_html('<select name="{}" id="{}">{}</select>', field.html_name, field.id_for_label, inside)


@register.simple_tag
def sign_up_is_open() -> bool:
    """Whether everybody may sign up, so that pages offer it."""
    return bool(settings.SIGNUP == "open")


@register.simple_tag
def browser_of(session: SignedIn) -> str:
    """“Firefox on Linux”, as far as it is known."""
    if session.browser and session.system:
        return _("%(browser)s on %(system)s") % {"browser": session.browser, "system": session.system}
    return session.browser or session.system or _("Unknown browser")


@register.simple_tag
def csrf_cookie() -> str:
    """The name of the cookie that scripts copy to the header X-XSRF-TOKEN."""
    return settings.CSRF_COOKIE_NAME


@register.simple_tag
def nil() -> str:
    """The id that stands for no job in an address."""
    return NIL


@register.simple_tag
def blank_status() -> dict[str, Any]:
    """The status of no job, for the rows that the script copies."""
    return {
        "jobId": NIL,
        "state": "pending",
        "progress": None,
        "stageLabel": "",
        "queuePosition": None,
        "etaSeconds": None,
        "resultUrl": f"/tracks/{NIL}/audio",
        "error": {"code": "", "message": "", "retryable": True},
        "title": "",
        "prompt": "",
        "pageUrl": f"/tracks/{NIL}/",
        "attempt": 0,
        "exportOf": None,
        "workers": 1,
    }


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """This page's address with some of its query changed; an empty value goes."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = value
    return f"?{query.urlencode()}"


@register.simple_tag
def demo_wave() -> str:
    """A waveform for the picture of a track on the welcome page."""
    swell = [(0.25 + abs(sin(at * 0.23) * sin(at * 0.071 + 0.6))) * (0.7 + 0.3 * sin(at * 1.7)) for at in range(BARS)]
    return bars(swell)
