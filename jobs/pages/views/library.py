"""The library: what somebody has, searched, filtered, sorted and paged."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from jobs.models import Job, Playlist
from jobs.pages import labels
from jobs.pages import library as queries
from jobs.pages.tracks import tracks
from jobs.pages.views.common import action, from_elsewhere
from jobs.queue import transitions

VIEWS = ("grid", "list")
UNDO = "since "  # what the tags of a message begin with that takes back all that was deleted since then


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
        "choosable": wanted.shelf != "bin",
        "playlists": Playlist.objects.filter(owner=request.user.pk).order_by("name", "pk"),
    }
    return render(request, "pages/library.html", context)


@action("library", gettext_lazy("Delete all but favourites"))
def keep_favourites(request: HttpRequest) -> HttpResponse:
    """Put all ended tracks into the bin but for favourites; the message on the next page takes that back."""
    since = timezone.now()
    others = Job.objects.owned_by(request.user).tracks().filter(favourite=False)
    if count := transitions.delete_all(others):
        text = ngettext("%(n)s track was deleted.", "%(n)s tracks were deleted.", count) % {"n": count}
        messages.success(request, text, extra_tags=f"{UNDO}{since.isoformat()}")
    else:
        messages.info(request, _("There was nothing else to delete."))
    return redirect("library")


@action("library", gettext_lazy("Take back"))
def restore_all(request: HttpRequest) -> HttpResponse:
    """Take out of the bin what came into it ``since`` a moment."""
    try:
        since = datetime.fromisoformat(request.POST.get("since", ""))
    except ValueError as error:
        raise Http404 from error
    if since.tzinfo is None:
        raise Http404
    count = transitions.restore_all(Job.objects.binned_by(request.user).tracks().filter(deleted_at__gte=since))
    text = ngettext("%(n)s track is back in your library.", "%(n)s tracks are back in your library.", count)
    messages.success(request, text % {"n": count})
    return redirect("library")
