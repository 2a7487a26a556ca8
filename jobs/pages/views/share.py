"""A track for whoever has its link: the page, a player for other pages, its sound and pictures; no more."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from hashlib import blake2b
from html import escape
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from jobs.accounts.links import absolute
from jobs.api.conditional import is_known
from jobs.models import Job
from jobs.pages import cards, pictures
from jobs.pages.delivery import deliver
from jobs.pages.tracks import SharedTrack
from jobs.pages.views.common import act, action, own_track

R = TypeVar("R", bound=HttpResponseBase)

SHARED_FILES = ("audio", "roll")
TOKEN_BYTES = 24
DAYS = {"1": 1, "7": 7, "30": 30, "365": 365}  # that a link may be good for, by what the form sends; else for ever
PLAYER_WIDTH, PLAYER_HEIGHT = 480, 180  # pixels
_BEGINS = re.compile(r"[?&#]t=(?:(?P<minutes>\d{1,3}):)?(?P<seconds>\d{1,4})(?![^&#])", re.ASCII)  # of an address
# What the player may load, and who may show it: everybody, for that is what it is for.
PLAYER_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src {media}; base-uri 'none';"
    " form-action 'none'; frame-ancestors *"
)


@action(name=gettext_lazy("Make a link"))
def share(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make the link of a track, good for the ``days`` of the form; a link that is there stays, with another end."""
    days = DAYS.get(request.POST.get("days", ""))
    until = timezone.now() + timedelta(days=days) if days else None

    def give_token(job: Job) -> None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        Job.objects.filter(pk=job.pk, share_token__isnull=True).update(share_token=token)
        Job.objects.filter(pk=job.pk).update(share_until=until)

    return act(request, own_track(request, pk), give_token)


@action(name=gettext_lazy("Stop sharing"))
def unshare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Drop the link, which leads nowhere from now on; a later link is another."""
    off = {"share_token": None, "share_until": None}
    return act(request, own_track(request, pk), lambda job: Job.objects.filter(pk=job.pk).update(**off))


def of_link(view: Callable[..., R]) -> Callable[..., HttpResponseBase]:
    """A view of what lies behind a link, for anybody: 404 for none, 410 and a sentence for one that has ended."""

    @login_not_required
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        job = get_object_or_404(Job.objects.shared(token))
        if SharedTrack(job).share_has_ended:
            return unlisted(render(request, "pages/errors/410.html", status=410))
        return unlisted(view(request, job, **kwargs))

    return guarded


@of_link
def shared(request: HttpRequest, job: Job) -> HttpResponse:
    """The page of a shared track; ``?t=30`` begins at that second."""
    return render(request, "pages/shared.html", _context(request, job))


@login_not_required
@require_safe
@xframe_options_exempt
def player(request: HttpRequest, token: str) -> HttpResponse:
    """The same without the site around it, to be shown inside other pages; once the link has ended they show that."""
    job = get_object_or_404(Job.objects.shared(token))
    status = 410 if SharedTrack(job).share_has_ended else 200
    response = unlisted(render(request, "pages/player.html", _context(request, job), status=status))
    response["Content-Security-Policy"] = PLAYER_POLICY.format(media=f"'self' {settings.STORE_ORIGINS}".rstrip())
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@of_link
def shared_file(request: HttpRequest, job: Job, kind: str) -> HttpResponseBase:
    """A file of a shared track, of SHARED_FILES."""
    if kind not in SHARED_FILES:
        raise Http404
    return deliver(request, job, kind, to_strangers=True)


@of_link
def card(request: HttpRequest, job: Job) -> HttpResponse:
    """The picture by which other places show the link; the same until title, language or track change."""
    track = SharedTrack(job)
    facts = " · ".join(filter(None, [track.summary, track.length]))
    mark = blake2b(f"{job.pk}-{job.attempt}-{job.title}-{facts}".encode(), digest_size=12).hexdigest()
    etag = f'"{mark}"'
    if is_known(request.headers.get("If-None-Match"), etag):
        return HttpResponse(status=304, headers={"ETag": etag})
    picture = cards.card(track.cover, job.title, facts, pictures.peaks(job), "Musicsite")
    headers = {"ETag": etag, "Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(picture, content_type="image/png", headers=headers)


@of_link
def qr(request: HttpRequest, job: Job) -> HttpResponse:
    """The link as a QR code, dark on light with the margin that readers need."""
    content = BytesIO()
    code = segno.make(absolute(request, reverse("shared", args=[job.share_token])), error="m", micro=False)
    code.save(content, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None)
    return HttpResponse(content.getvalue(), content_type="image/svg+xml")


@login_not_required
@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """What oEmbed (oembed.com) says of the address of a shared page: a player to put into other pages, which begins
    where the address does.

    400 without an address, 404 for one that is none of ours or has ended, 501 for XML.
    """
    if request.GET.get("format", "json") != "json":
        return HttpResponse("Only JSON.", status=501, content_type="text/plain")
    url = request.GET.get("url", "")
    if not url:
        return HttpResponse("url: the address of a shared page.", status=400, content_type="text/plain")
    job = _at(url)
    begins = _BEGINS.search(url)
    width, height = _at_most(request, "maxwidth", PLAYER_WIDTH), _at_most(request, "maxheight", PLAYER_HEIGHT)
    links = _links(request, job)
    player = links["player"]
    if begins:
        player += f"?t={60 * int(begins['minutes'] or 0) + int(begins['seconds'])}"
    response = JsonResponse(
        {
            "version": "1.0", "type": "rich", "provider_name": "Musicsite",
            "provider_url": absolute(request, reverse("home")), "title": job.title, "cache_age": 3600,
            "thumbnail_url": links["card"], "thumbnail_width": cards.WIDTH, "thumbnail_height": cards.HEIGHT,
            "width": width, "height": height,
            "html": f'<iframe src="{escape(player)}" width="{width}" height="{height}"'
            f' title="{escape(job.title)}" frameborder="0" allow="autoplay"></iframe>',
        }
    )  # fmt: skip
    response["Access-Control-Allow-Origin"] = "*"  # pages ask for it from where they are, and it is for everybody
    return unlisted(response)


def _at(url: str) -> Job:
    """The shared track at that address of ours, whatever the name of the site. Raises Http404."""
    try:
        match = resolve(urlsplit(url).path)
    except (Resolver404, ValueError) as error:
        raise Http404 from error
    if match.url_name not in ("shared", "shared_player"):
        raise Http404
    job = get_object_or_404(Job.objects.shared(match.kwargs["token"]))
    if SharedTrack(job).share_has_ended:
        raise Http404
    return job


def _at_most(request: HttpRequest, name: str, usual: int) -> int:
    value = request.GET.get(name, "")
    return min(usual, int(value)) if value.isascii() and value.isdigit() and len(value) < 6 else usual


def _links(request: HttpRequest, job: Job) -> dict[str, str]:
    """The addresses of what a link shows, as they leave the site."""
    kinds = {"page": "shared", "player": "shared_player", "card": "shared_card"}
    return {name: absolute(request, reverse(view, args=[job.share_token])) for name, view in kinds.items()}


def _context(request: HttpRequest, job: Job) -> Mapping[str, object]:
    begin = request.GET.get("t", "")
    seconds = int(begin) if begin.isascii() and begin.isdigit() and len(begin) < 5 else 0
    links = _links(request, job)
    links["oembed"] = f"{reverse('oembed')}?{urlencode({'url': links['page']})}"
    return {"track": SharedTrack(job), "links": links, "begin": seconds, "card": cards}


def unlisted(response: R) -> R:
    """Known to whoever has the link, and to no search engine."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
