"""A track for whoever has its link: the page, its sound and its picture, and nothing else of its owner."""

from __future__ import annotations

import secrets
from typing import TypeVar
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jobs.models import Job
from jobs.pages.delivery import deliver
from jobs.pages.tracks import SharedTrack
from jobs.pages.views.common import act, action, own_track

R = TypeVar("R", bound=HttpResponseBase)

SHARED_FILES = ("audio", "roll")
TOKEN_BYTES = 24


@action(name=gettext_lazy("Make a link"))
def share(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make the link of a track; a link that is there stays."""

    def give_token(job: Job) -> None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        Job.objects.filter(pk=job.pk, share_token__isnull=True).update(share_token=token)

    return act(request, own_track(request, pk), give_token)


@action(name=gettext_lazy("Stop sharing"))
def unshare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Drop the link, which leads nowhere from now on; a later link is another."""
    return act(request, own_track(request, pk), lambda job: Job.objects.filter(pk=job.pk).update(share_token=None))


@login_not_required
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a shared track."""
    return _unlisted(render(request, "pages/shared.html", {"track": SharedTrack(_behind(token))}))


@login_not_required
@require_safe
def shared_file(request: HttpRequest, token: str, kind: str) -> HttpResponseBase:
    """A file of a shared track, of SHARED_FILES."""
    if kind not in SHARED_FILES:
        raise Http404
    return _unlisted(deliver(request, _behind(token), kind, to_strangers=True))


def _behind(token: str) -> Job:
    return get_object_or_404(Job.objects.shared(token))


def _unlisted(response: R) -> R:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
