"""Where music is ordered: the start page and the studio."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jobs import queue
from jobs.examples import EXAMPLES
from jobs.forms import MusicForm
from jobs.models import Job, State
from jobs.tracks import tracks
from jobs.views.common import ordered

LATEST = 8  # tracks below the form


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "welcome.html", {"examples": EXAMPLES})
    jobs = Job.objects.owned_by(request.user).tracks()
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
        and ordered(
            form, lambda: queue.submit(request.user, form.cleaned_data["prompt"], form.options, key=form.order_key)
        )
    ):
        return redirect(f"{reverse('music')}?watch=1")
    jobs = Job.objects.owned_by(request.user).tracks()
    unfinished = jobs.unfinished().order_by("-created_at", "-id")
    latest = jobs.finished().order_by("-created_at", "-id")[:LATEST]
    context = {"form": form, "examples": EXAMPLES, "tracks": tracks([*unfinished, *latest])}
    return render(request, "music.html", context, status=422 if form.is_bound else 200)
