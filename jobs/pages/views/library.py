"""The library: what somebody has, searched, filtered, sorted and paged."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jobs.pages import labels
from jobs.pages import library as queries
from jobs.pages.tracks import tracks
from jobs.pages.views.common import from_elsewhere

VIEWS = ("grid", "list")


@login_required
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """A page of the library.

    ``?view=`` is remembered for this session, unless a link of another site has it; everything else is in the address.
    """
    view = request.GET.get("view", "")
    if view in VIEWS and not from_elsewhere(request):
        request.session["view"] = view
    wanted = queries.Wanted.from_query(request.GET)
    page = queries.page(request.user, wanted)
    context = {
        "wanted": wanted,
        "page": page,
        "tracks": tracks(page.jobs),
        "view": view if view in VIEWS else request.session.get("view", VIEWS[0]),
        "shelves": queries.SHELVES.items(),
        "sorts": queries.SORTS.items(),
        "spans": queries.SPANS.items(),
        "styles": labels.style_choices(),
        "bin_days": settings.BIN_DAYS,
    }
    return render(request, "pages/library.html", context)
