"""The pages. What a job may do is the queue's affair; a view asks it and says what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jobs import notices, queue, variations
from jobs.errors import AWAY, IllegalTransition, LimitReached
from jobs.examples import EXAMPLES
from jobs.forms import MusicForm, SettingsForm, SignUpForm, VariationForm
from jobs.models import Job, State
from jobs.problems import AGAIN, of_status
from jobs.tracks import Track, tracks

LATEST = 8  # tracks below the form
PER_PAGE = 24
PARTS = {"card": "parts/card.html", "panel": "parts/panel.html", "wave": "parts/waveform.html"}
SHELVES = ("", "favourites", "failed")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "welcome.html", {"examples": EXAMPLES})
    jobs = Job.objects.owned_by(request.user)
    latest = jobs.exclude(state=State.ERROR).order_by("-created_at", "-id")[:LATEST]
    return render(request, "home.html", {"form": MusicForm(), "examples": EXAMPLES, "tracks": tracks(latest)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def music(request: HttpRequest) -> HttpResponse:
    """The form, and what was ordered lately. A valid post makes one job and leads back here.

    ``?watch=1`` is for browsers without scripts: the page loads itself again and again, which would lose what somebody
    writes into the form.
    """
    form = MusicForm(request.POST) if request.method == "POST" else MusicForm.prefilled(request.GET)
    if (
        form.is_bound
        and form.is_valid()
        and _ordered(
            form, lambda: queue.submit(request.user, form.cleaned_data["prompt"], form.options, key=form.order_key)
        )
    ):
        return redirect(f"{reverse('music')}?watch=1")
    jobs = Job.objects.owned_by(request.user)
    unfinished = jobs.unfinished().order_by("-created_at", "-id")
    latest = jobs.finished().order_by("-created_at", "-id")[:LATEST]
    context = {"form": form, "examples": EXAMPLES, "tracks": tracks([*unfinished, *latest])}
    return render(request, "music.html", context, status=422 if form.is_bound else 200)


def _ordered(form: SettingsForm, order: Callable[[], Job]) -> bool:
    """Order what the form says; an option that the queue refuses becomes an error of its field."""
    try:
        order()
    except LimitReached as error:
        form.add_error(None, str(error))
        return False
    except ValueError as error:
        field, _colon, message = str(error).partition(": ")
        form.add_error(field if field in form.fields else None, message or str(error))
        return False
    return True


@login_required
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    shelf = request.GET.get("show", "")
    if shelf not in SHELVES:
        shelf = ""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    jobs = _shelved(Job.objects.owned_by(request.user), shelf)
    if query:
        jobs = jobs.filter(Q(title__icontains=query) | Q(prompt__icontains=query))
    page = Paginator(jobs.order_by("-created_at", "-id"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "library.html", {"page": page, "tracks": tracks(page), "query": query, "shelf": shelf})


def _shelved(jobs: Any, shelf: str) -> Any:
    if shelf == "favourites":
        return jobs.filter(favourite=True)
    if shelf == "failed":
        return jobs.filter(state=State.ERROR)
    return jobs.exclude(state=State.ERROR)


@login_required
@require_safe
def track(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = _own(request, pk)
    if notices.is_news(job):
        notices.dismiss(request.session, job)
    return render(request, "track.html", {"track": Track(job), "variation": VariationForm()})


@login_required
@require_safe
def track_part(request: HttpRequest, pk: UUID, part: str) -> HttpResponse:
    """A part of a page that shows one track, for the script to put in the place of an older one."""
    if part not in PARTS:
        raise Http404
    response = render(request, PARTS[part], {"track": Track(_own(request, pk))})
    response["Cache-Control"] = "private, no-store"
    return response


# -- What a person does with a track: by forms, so that it works without JavaScript ------------------------------------


@login_required
@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, queue.retry)


@login_required
@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, queue.cancel)


@login_required
@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, queue.delete, done=_("The track was deleted."), to="library")


@login_required
@require_POST
def vary(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Order a variation of a track; what is wrong with it is told on the track's page."""
    job = _own(request, pk)
    form = VariationForm(request.POST)
    if form.is_valid() and _ordered(
        form, lambda: variations.vary(job, form.cleaned_data["change"], form.options, key=form.order_key)
    ):
        return redirect(f"{reverse('music')}?watch=1")
    return render(request, "track.html", {"track": Track(job), "variation": form}, status=422)


@login_required
@require_POST
def favourite(request: HttpRequest, pk: UUID) -> HttpResponse:
    def mark(job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(favourite=request.POST.get("favourite") == "1")

    return _act(request, pk, mark)


@login_required
@require_POST
def dismiss(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, lambda job: notices.dismiss(request.session, job))


def _act(
    request: HttpRequest, pk: UUID, action: Callable[[Job], None], *, done: str = "", to: str = ""
) -> HttpResponse:
    """Do it, say what came of it, and lead back to where the person was (or on to ``to``)."""
    job = _own(request, pk)
    try:
        action(job)
    except IllegalTransition:
        messages.warning(request, _("That is no longer possible: the track has changed in the meantime."))
        return redirect("track", pk=pk)
    if done:
        messages.success(request, done)
    back = request.headers.get("Referer", "")
    if not to and url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect(to) if to else redirect("track", pk=pk)


def _own(request: HttpRequest, pk: UUID) -> Job:
    return get_object_or_404(Job.objects.owned_by(request.user), pk=pk)


# -- Accounts ----------------------------------------------------------------------------------------------------------


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """A new account, signed in at once."""
    onward = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure()):
        onward = ""
    if request.user.is_authenticated:
        return redirect(onward or "home")
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        login(request, form.save())
        return redirect(onward or "home")
    return render(request, "registration/signup.html", {"form": form, "next": onward})


# -- Errors ------------------------------------------------------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(request, 403, stale=True)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database, which may be what is broken."""
    status = 503 if isinstance(sys.exc_info()[1], AWAY) else 500
    response = _error(request if request.path_info.startswith("/api/") else None, status)
    if status == 503:
        response["Retry-After"] = AGAIN
    return response


def _error(request: HttpRequest | None, status: int, **context: Any) -> HttpResponse:
    if request is not None and request.path_info.startswith("/api/"):
        return of_status(status)
    return render(request, f"{status}.html", context, status=status)
