"""Where music is ordered: the start page and the studio."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required, login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jobs.accounts.throttle import account_of
from jobs.models import Job, State
from jobs.pages import labels
from jobs.pages.chips import chips, marked
from jobs.pages.examples import EXAMPLES, styles_with_prompts
from jobs.pages.forms import MusicForm
from jobs.pages.tracks import tracks
from jobs.pages.views.common import ordered
from jobs.queue import rates, variations

LATEST = 8  # tracks below the form
KEPT = "settings"  # in the session: those of the last order


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {"form": MusicForm(), "examples": EXAMPLES, "styles": styles_with_prompts()}
    if not request.user.is_authenticated:
        return render(request, "welcome.html", context)
    jobs = Job.objects.owned_by(request.user).tracks()
    latest = jobs.exclude(state=State.ERROR).order_by("-created_at", "-id")[:LATEST]
    return render(request, "home.html", {**context, "tracks": tracks(latest)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def music(request: HttpRequest) -> HttpResponse:
    """The form, and what was ordered lately. A valid post makes one job, or as many as were asked for, and leads back.

    ``?watch=1`` is for browsers without scripts: the page loads itself again and again, which would lose what somebody
    writes into the form. ``?clear=1`` forgets the settings of the last order.
    """
    if "clear" in request.GET:
        request.session.pop(KEPT, None)
    if request.method != "POST":
        return _studio(request, MusicForm.prefilled(request.GET, request.session.get(KEPT)))
    form = MusicForm(request.POST)
    if form.is_valid() and ordered(
        form,
        lambda: variations.order(
            request.user, form.cleaned_data["prompt"], form.options, form.pieces, key=form.order_key
        ),
    ):
        request.session[KEPT] = form.kept
        return redirect(f"{reverse('music')}?watch=1")
    return _studio(request, form, status=422)


@login_not_required
@require_POST
def understood(request: HttpRequest) -> HttpResponse:
    """How an order would be understood, as a part for the script, else as the whole page; nothing is ordered.

    It asks the database for nothing of its own and is nobody's, so that people may try it before they have an account.
    """
    rates.count_in_memory("understood", settings.LIMIT_UNDERSTOOD, account_of(request))
    form = MusicForm(request.POST)
    if request.headers.get("X-Part") or not request.user.is_authenticated:
        return render(request, "parts/understood.html", _reading(form))
    return _studio(request, form)


def _reading(form: MusicForm) -> dict[str, object]:
    brief = form.brief.to_json() if form.brief else {}
    found = chips(brief)
    return {
        "chips": found,
        "marked": marked(str(brief.get("prompt", "")), found),
        "unheard": form.cleaned_data.get("unheard", []),
        "remarks": labels.remark_texts(brief.get("remarks", ())),
    }


def _studio(request: HttpRequest, form: MusicForm, status: int = 200) -> HttpResponse:
    jobs = Job.objects.owned_by(request.user).tracks()
    unfinished = jobs.unfinished().order_by("-created_at", "-id")
    latest = jobs.finished().order_by("-created_at", "-id")[:LATEST]
    context = {
        "form": form,
        "examples": EXAMPLES,
        "styles": styles_with_prompts(),
        "tracks": tracks([*unfinished, *latest]),
        **(_reading(form) if form.is_bound else {}),
    }
    return render(request, "music.html", context, status=status)
