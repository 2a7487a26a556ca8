"""Playlists: made, filled, put in order, played through, passed on by a link, fetched as a zip; all by forms."""

from __future__ import annotations

import secrets
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jobs.accounts.links import absolute
from jobs.models import Job, Playlist, State
from jobs.models.playlist import LONGEST_NAME, MOST_PLAYLISTS
from jobs.models.text import unprintable
from jobs.music.text import is_visible
from jobs.pages.archive import sounds
from jobs.pages.delivery import deliver
from jobs.pages.tracks import Track, tracks
from jobs.pages.views.common import action, came_from, own_track
from jobs.pages.views.share import TOKEN_BYTES, unlisted


def _own(request: HttpRequest, pk: UUID) -> Playlist:
    """The asking person's playlist; raise Http404."""
    return get_object_or_404(Playlist.objects.filter(owner=request.user.pk), pk=pk)


@login_required
@require_safe
def playlists(request: HttpRequest) -> HttpResponse:
    """All of a person's, the latest first."""
    heard = Q(places__job__state=State.DONE, places__job__deleted_at__isnull=True)
    mine = Playlist.objects.filter(owner=request.user.pk).annotate(length=Count("places", filter=heard))
    return render(request, "pages/playlists.html", {"playlists": mine.order_by("-created_at", "pk")})


@login_required
@require_safe
def playlist(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One of them with its tracks."""
    mine = _own(request, pk)
    shared_at = absolute(request, reverse("shared_playlist", args=[mine.share_token])) if mine.share_token else ""
    context = {"playlist": mine, "tracks": tracks(mine.tracks()), "shared_at": shared_at}
    return render(request, "pages/playlist.html", context)


@action("playlists", gettext_lazy("Make a playlist"))
def make(request: HttpRequest) -> HttpResponse:
    """Make one of that ``name``."""
    mine = _made(request)
    return redirect("playlist", pk=mine.pk) if mine else redirect("playlists")


@action("playlists", gettext_lazy("Add to the playlist"))
def add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a track into the ``playlist`` of that id, or into a new one of that ``name``."""
    job = own_track(request, pk)
    mine = made_or_chosen(request)
    if mine is None:
        return redirect("track", pk=pk)
    if mine.add(job):
        messages.success(request, _("“%(title)s” is in “%(name)s”.") % {"title": job.title, "name": mine.name})
    else:
        messages.warning(request, _("“%(name)s” is full.") % {"name": mine.name})
    return redirect(came_from(request) or reverse("track", args=[pk]))


@action("playlists", gettext_lazy("Rename"))
def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give one another name."""
    mine = _own(request, pk)
    if name := _name(request):
        Playlist.objects.filter(pk=mine.pk).update(name=name)
    return redirect("playlist", pk=pk)


@action("playlists", gettext_lazy("Delete"))
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Delete one; its tracks stay in the library."""
    mine = _own(request, pk)
    mine.delete()
    messages.success(request, _("The playlist “%(name)s” was deleted; its tracks are not.") % {"name": mine.name})
    return redirect("playlists")


@action("playlists")
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put the ``track`` at the place ``to``, from 0."""
    mine = _own(request, pk)
    to = request.POST.get("to", "")
    if not (to.isascii() and to.isdigit() and len(to) < 6):
        raise Http404
    mine.move(_track(request), int(to))
    return redirect(f"{reverse('playlist', args=[pk])}#tracks")


@action("playlists")
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the ``track`` out."""
    _own(request, pk).remove(_track(request))
    return redirect(f"{reverse('playlist', args=[pk])}#tracks")


@action("playlists", gettext_lazy("Make a link"))
def share(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make its link; with ``off``, drop it."""
    mine = Playlist.objects.filter(pk=_own(request, pk).pk)
    if "off" in request.POST:
        mine.update(share_token=None)
    else:
        mine.filter(share_token__isnull=True).update(share_token=secrets.token_urlsafe(TOKEN_BYTES))
    return redirect("playlist", pk=pk)


@login_required
@require_safe
def archive(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The sound of all its tracks as a zip, sent while it is made; an M3U8 in it has their order."""
    mine = _own(request, pk)
    return sounds(list(mine.tracks()), mine.name, str(pk))


@login_not_required
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """A playlist for whoever has its link: names and sounds of its tracks, and nothing else of its owner."""
    mine = get_object_or_404(Playlist.objects.shared(token))
    context = {"playlist": mine, "tracks": [SharedInList(job, token) for job in mine.tracks()]}
    return unlisted(render(request, "pages/shared_playlist.html", context))


@login_not_required
@require_safe
def shared_sound(request: HttpRequest, token: str, pk: UUID) -> HttpResponseBase:
    """The sound of a track of a shared playlist."""
    mine = get_object_or_404(Playlist.objects.shared(token))
    return unlisted(deliver(request, get_object_or_404(mine.tracks(), pk=pk), "audio", to_strangers=True))


class SharedInList(Track):
    """A track as whoever has the link of a playlist sees it."""

    is_shared = True

    def __init__(self, job: Job, token: str) -> None:
        super().__init__(job)
        self._token = token

    def file_url(self, kind: str) -> str:
        return reverse("shared_sound", args=[self._token, self.job.pk]) if kind == "audio" else ""


def made_or_chosen(request: HttpRequest) -> Playlist | None:
    """The ``playlist`` of that id, or a new one of that ``name``; None where there can be none, which is said."""
    chosen = request.POST.get("playlist", "")
    return _own(request, _uuid(chosen)) if chosen else _made(request)


def _made(request: HttpRequest) -> Playlist | None:
    name = _name(request)
    if not name:
        return None
    if Playlist.objects.filter(owner=request.user.pk).count() >= MOST_PLAYLISTS:
        messages.warning(request, _("You have as many playlists as there can be; delete one first."))
        return None
    made: Playlist = Playlist.objects.create(owner=cast("User", request.user), name=name)
    return made


def _name(request: HttpRequest) -> str:
    """The name in the form; "" where there is none, which is said."""
    name = " ".join(request.POST.get("name", "").split())
    if unprintable(name) or not is_visible(name):
        messages.warning(request, _("A playlist needs a name."))
        return ""
    return name[:LONGEST_NAME]


def _track(request: HttpRequest) -> Job:
    return own_track(request, _uuid(request.POST.get("track", "")))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
