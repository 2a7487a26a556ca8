"""What is done with several tracks of the library at once, chosen by their boxes: one form, also without scripts."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.models import Job, JobQuerySet, State
from jobs.models.playlist import MOST_TRACKS
from jobs.pages import archive
from jobs.pages.views.common import action, came_from
from jobs.pages.views.library import UNDO
from jobs.pages.views.playlists import made_or_chosen
from jobs.queue import transitions


@action("library")
def chosen(request: HttpRequest) -> HttpResponse:
    """Do with the tracks what the button (``do``) says; the message on the next page says with how many."""
    jobs = _chosen(request)
    if not jobs.exists():
        messages.info(request, _("Choose tracks by their boxes first."))
    else:
        match request.POST.get("do"):
            case "favourite" | "unfavourite" as mark:
                _mark(request, jobs, favourite=mark == "favourite")
            case "playlist":
                _add(request, jobs)
            case "delete":
                _delete(request, jobs)
            case _:
                raise Http404
    return redirect(came_from(request) or reverse("library"))


@action("library")
def chosen_zip(request: HttpRequest) -> HttpResponseBase:
    """The sound of the tracks as a zip."""
    jobs = list(_chosen(request).filter(state=State.DONE).order_by("-created_at", "-id"))
    if not jobs:
        messages.info(request, _("Nothing of what you chose can be downloaded."))
        return redirect(came_from(request) or reverse("library"))
    return archive.sounds(jobs, _("Tracks"), "tracks")


def _chosen(request: HttpRequest) -> JobQuerySet:
    """The person's own among the tracks that were sent, at most MOST_TRACKS. Raises Http404 for what is no key."""
    try:
        keys = [UUID(key) for key in request.POST.getlist("track")[:MOST_TRACKS]]
    except ValueError as error:
        raise Http404 from error
    tracks: JobQuerySet = Job.objects.owned_by(request.user).tracks().filter(pk__in=keys)
    return tracks


def _mark(request: HttpRequest, jobs: JobQuerySet, *, favourite: bool) -> None:
    count = jobs.filter(state=State.DONE).update(favourite=favourite)
    if favourite:
        text = ngettext("%(n)s track is among your favourites.", "%(n)s tracks are among your favourites.", count)
    else:
        text = ngettext("%(n)s track is no favourite now.", "%(n)s tracks are no favourites now.", count)
    messages.success(request, text % {"n": count})


def _add(request: HttpRequest, jobs: JobQuerySet) -> None:
    playlist = made_or_chosen(request)
    if playlist is None:
        return
    tracks = jobs.filter(state=State.DONE).order_by("-created_at", "-id")
    count = sum(map(playlist.add, tracks))
    text = ngettext("%(n)s track is in “%(name)s”.", "%(n)s tracks are in “%(name)s”.", count)
    messages.success(request, text % {"n": count, "name": playlist.name})
    if count < len(tracks):
        messages.warning(request, _("“%(name)s” is full.") % {"name": playlist.name})


def _delete(request: HttpRequest, jobs: JobQuerySet) -> None:
    since = timezone.now()
    count = transitions.delete_all(jobs)
    text = ngettext("%(n)s track was deleted.", "%(n)s tracks were deleted.", count) % {"n": count}
    messages.success(request, text, extra_tags=f"{UNDO}{since.isoformat()}" if count else "")
