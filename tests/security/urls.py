"""Every address of the site and who may do what there. An address that is not here fails the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import URLResolver, get_resolver

from jobs.models import Job

WHO = ("anonymous", "other", "owner", "staff")

# What each of WHO gets: ok: 2xx; go: sent on; login, admin: sent to a log-in; or a status.
PUBLIC = "ok ok ok ok"
MEMBER = "login ok ok ok"
OWN = "login 404 ok 404"
OWN_ACT = "login 404 go 404"
API = "401 ok ok ok"
OWN_API = "401 404 ok 404"
STAFF = "admin admin admin ok"
STAFF_ACT = "admin admin admin go"
NOTHING = "404 404 404 404"
NOT_EVEN_STAFF = "admin admin admin 403"

RULES = {
    ("get", "api/"): NOTHING,
    ("get", "api/openapi.json"): PUBLIC,
    ("get", "api/music"): API,
    ("post", "api/music"): API,
    ("post", "api/music/batch"): API,
    ("delete", "api/music"): "401 422 422 422",
    ("get", "api/music/archive"): "401 422 422 422",
    ("post", "api/music/compare"): "401 422 422 422",
    ("get", "api/music/active"): API,
    ("get", "api/music/<uuidstr:job_id>"): OWN_API,
    ("get", "api/music/<uuidstr:job_id>/status"): OWN_API,
    ("get", "api/music/events"): API,
    ("get", "api/music/<uuidstr:job_id>/events"): OWN_API,
    ("post", "api/music/<uuidstr:job_id>/cancel"): OWN_API,
    ("post", "api/music/<uuidstr:job_id>/retry"): OWN_API,
    ("post", "api/music/<uuidstr:job_id>/vary"): OWN_API,
    ("post", "api/music/<uuidstr:job_id>/export"): OWN_API,
    ("get", "api/music/<uuidstr:job_id>/score"): "401 404 409 404",  # these are of no engine that writes one
    ("get", "api/music/<uuidstr:job_id>/edit"): "401 404 409 404",
    ("put", "api/music/<uuidstr:job_id>/edit"): "401 404 428 404",
    ("post", "api/music/<uuidstr:job_id>/revisions/<number>/restore"): "401 404 409 404",
    ("post", "api/music/<uuidstr:job_id>/versions"): "401 404 409 404",
    ("get", "api/music/<uuidstr:job_id>/preview"): OWN_API,
    ("post", "api/music/<uuidstr:job_id>/preview"): "401 404 409 404",
    ("delete", "api/music/<uuidstr:job_id>"): OWN_API,
    ("get", ""): PUBLIC,
    ("get", "music/"): MEMBER,
    ("post", "music/"): "login go go go",
    ("post", "music/understood"): PUBLIC,
    ("post", "music/clear"): "login go go go",
    ("get", "library/"): MEMBER,
    ("post", "library/keep_favourites"): "login go go go",
    ("post", "library/restore"): "login go go go",
    ("post", "tracks/cancel"): "login go go go",
    ("get", "tracks/<uuid:pk>/"): OWN,
    ("get", "tracks/<uuid:pk>/parts/<slug:part>"): OWN,
    ("get", "compare/<uuid:first>/<uuid:second>/"): OWN,
    ("post", "tracks/<uuid:pk>/compare"): OWN_ACT,
    ("get", "tracks/<uuid:pk>/<str:kind>"): "404 404 ok 404",
    ("post", "tracks/<uuid:pk>/retry"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/cancel"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/listen"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/delete"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/favourite"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/restore"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/purge"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/rename"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/share"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/unshare"): OWN_ACT,
    ("get", "shared/<slug:token>/"): PUBLIC,
    ("get", "shared/<slug:token>/<slug:kind>"): PUBLIC,
    ("get", "shared/<slug:token>/player/"): PUBLIC,
    ("get", "shared/<slug:token>/card.png"): PUBLIC,
    ("get", "shared/<slug:token>/qr.svg"): PUBLIC,
    ("get", "oembed"): "400 400 400 400",
    ("get", "docs/api/"): PUBLIC,
    ("get", "demos/<slug:style>.mp3"): NOTHING,  # none was rendered
    ("get", "manifest.webmanifest"): PUBLIC,
    ("get", "service-worker.js"): PUBLIC,
    ("get", "offline/"): PUBLIC,
    ("post", "tracks/<uuid:pk>/playlist"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/note"): OWN_ACT,
    ("get", "playlists/"): MEMBER,
    ("get", "prompts/"): MEMBER,
    ("post", "prompts/save"): "login go go go",
    ("post", "prompts/<uuid:pk>/rename"): OWN_ACT,
    ("post", "prompts/<uuid:pk>/delete"): OWN_ACT,
    ("post", "playlists/make"): "login go go go",
    ("post", "library/chosen"): "login go go go",
    ("post", "library/chosen/zip"): "login go go go",
    ("get", "playlists/<uuid:pk>/"): OWN,
    ("get", "playlists/<uuid:pk>/zip"): OWN,
    ("post", "playlists/<uuid:pk>/rename"): OWN_ACT,
    ("post", "playlists/<uuid:pk>/delete"): OWN_ACT,
    ("post", "playlists/<uuid:pk>/move"): OWN_ACT,
    ("post", "playlists/<uuid:pk>/remove"): OWN_ACT,
    ("post", "playlists/<uuid:pk>/share"): OWN_ACT,
    ("get", "shared/lists/<slug:token>/"): PUBLIC,
    ("get", "shared/lists/<slug:token>/<uuid:pk>"): PUBLIC,
    ("get", "credits/"): PUBLIC,
    ("post", "theme"): "go go go go",
    ("post", "tracks/<uuid:pk>/dismiss"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/vary"): OWN_ACT,
    ("post", "tracks/<uuid:pk>/export"): OWN_ACT,
    ("get", "tracks/<uuid:pk>/edit/"): OWN,
    ("post", "tracks/<uuid:pk>/edit/change"): OWN_ACT,
    ("get", "tracks/<uuid:pk>/edit/chords"): OWN,
    ("get", "tracks/<uuid:pk>/edit/compare"): "login 404 go 404",
    ("post", "tracks/<uuid:pk>/edit/hear"): OWN_ACT,
    ("get", "tracks/<uuid:pk>/preview/<int:number>"): "404 404 ok 404",
    ("get", "accounts/login/"): "ok go go go",
    ("post", "accounts/login/"): PUBLIC,
    ("post", "accounts/logout/"): "go go go go",
    ("post", "accounts/logout_everywhere/"): "login login login login",
    ("get", "accounts/signup/"): "ok go go go",
    ("get", "accounts/settings/"): MEMBER,
    ("get", "accounts/email/"): MEMBER,
    ("get", "accounts/email/<str:token>/"): MEMBER,
    ("post", "accounts/sessions/end"): "login go go go",
    ("post", "accounts/sessions/end_others"): "login go go go",
    ("get", "accounts/tokens/new"): MEMBER,
    ("get", "accounts/tokens/webhook"): "login go go go",  # of no token
    ("post", "accounts/tokens/revoke"): "login go go go",
    ("get", "accounts/webhooks/"): MEMBER,
    ("post", "accounts/webhooks/replay"): "login go go go",
    ("post", "accounts/export"): MEMBER,
    ("get", "accounts/close/"): MEMBER,
    ("get", "accounts/password_change/"): MEMBER,
    ("get", "accounts/password_change/done/"): MEMBER,
    ("get", "accounts/password_reset/"): PUBLIC,
    ("get", "accounts/password_reset/done/"): PUBLIC,
    ("get", "accounts/reset/<uidb64>/<token>/"): PUBLIC,
    ("get", "accounts/reset/done/"): PUBLIC,
    ("post", "i18n/setlang/"): "go go go go",
    ("get", "admin/"): STAFF,
    ("get", "admin/dashboard/"): STAFF,
    ("get", "admin/login/"): "ok ok ok go",
    ("post", "admin/logout/"): "go go go go",
    ("get", "admin/password_change/"): STAFF,
    ("get", "admin/password_change/done/"): STAFF,
    ("get", "admin/autocomplete/"): NOT_EVEN_STAFF,
    ("get", "admin/jsi18n/"): STAFF,
    ("get", "admin/r/<path:content_type_id>/<path:object_id>/"): "admin admin admin 404",
    ("get", "admin/^(?P<app_label>auth|jobs)/$"): STAFF,
    ("get", "admin/(?P<url>.*)$"): "admin admin admin 404",
    ("get", "admin/auth/user/<id>/password/"): STAFF,
    ("get", "admin/jobs/job/<uuid:pk>/files/<str:kind>"): STAFF,
    ("post", "admin/jobs/job/<uuid:pk>/retry/"): STAFF_ACT,
    ("post", "admin/jobs/job/<uuid:pk>/cancel/"): STAFF_ACT,
}
for model, add in (
    ("auth/group", STAFF),
    ("auth/user", STAFF),
    ("jobs/invitation", STAFF),
    ("jobs/job", NOT_EVEN_STAFF),
    ("jobs/token", NOT_EVEN_STAFF),
    ("jobs/delivery", NOT_EVEN_STAFF),
    ("jobs/workerhost", NOT_EVEN_STAFF),
):
    one = f"admin/{model}/<path:object_id>"
    RULES |= {
        ("get", f"admin/{model}/"): STAFF,
        ("get", f"admin/{model}/add/"): add,
        ("get", f"{one}/"): STAFF_ACT,
        ("get", f"{one}/history/"): STAFF,
        ("get", f"{one}/change/"): STAFF,
        ("get", f"{one}/delete/"): NOT_EVEN_STAFF
        if model in ("jobs/delivery", "jobs/token", "jobs/workerhost")
        else STAFF,
    }

# The job that an action is tried with, and what is sent.
NEEDS = {"cancel": "pending", "retry": "failed", "purge": "deleted"}
JOB = "the key in the path"
SENT = {
    "api/music": {"prompt": "organ"},
    "batch": {"orders": [{"prompt": "organ"}]},
    "music/": {"prompt": "organ"},
    "prompts/save": {"prompt": "organ"},
    "vary": {"change": "seed"},
    "playlist": {"name": "Quiet"},
    "note": {"note": "For Sunday"},
    "library/restore": {"since": "2026-01-01T00:00:00+00:00"},
    "playlists/<uuid:pk>/move": {"track": JOB, "to": "0"},
    "playlists/<uuid:pk>/remove": {"track": JOB},
    "rename": {"title": "Night Train"},
    "export": {"format": "wav"},
    "edit": {"document": {"version": 1}},
}


def routes() -> set[str]:
    """All routes of the resolver."""
    return set(_walk(get_resolver().url_patterns))


def _walk(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route


def job_for(route: str, jobs: Mapping[str, Job]) -> Job:
    return jobs[NEEDS.get(route.rstrip("/").rsplit("/", 1)[-1], "done")]


def address(route: str, job: Job, ids: Mapping[str, object]) -> str:
    """The route with a job, or another model's object, filled in."""
    model = "/".join(route.split("/")[1:3])
    values = {
        "pk": job.pk, "job_id": job.pk, "object_id": ids.get(model, job.pk), "id": job.owner_id, "kind": "audio",
        "part": "card", "uidb64": "Mg", "token": job.share_token or "x-y", "content_type_id": 1, "app_label": "jobs",
        "url": "nothing", "number": 0, "style": "lofi", "first": job.pk, "second": job.pk,
    }  # fmt: skip
    path = re.sub(r"\^?\(\?P<(\w+)>[^)]*\)", r"<\1>", route).replace("$", "")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), path)


def body_for(route: str, path: str) -> dict[str, Any]:
    """What is sent to the ``path`` of a ``route``."""
    sent = SENT.get(route) or SENT.get(route.rsplit("/", 1)[-1], {})
    return {name: path.split("/")[2] if value == JOB else value for name, value in sent.items()}
