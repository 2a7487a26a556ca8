"""Where music is ordered: the start page and the studio."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jobs.accounts.throttle import account_of
from jobs.models import Job, SavedPrompt, State
from jobs.pages import demos
from jobs.pages.chips import chips, marked
from jobs.pages.delivery import deliver_to_everybody
from jobs.pages.examples import EXAMPLES, styles_with_prompts
from jobs.pages.forms import MusicForm
from jobs.pages.postponed import postpone
from jobs.pages.remarks import remark_texts
from jobs.pages.tracks import tracks
from jobs.pages.views.common import action, ordered
from jobs.queue import comparisons, orders, rates, variations

LATEST = 6  # tracks below the form
LONGEST = (
    1200  # characters of a form that an address may hold: proxies take 4,096 of all headers, and it comes twice encoded
)
KEPT = "settings"  # in the session: those of the last order


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The start page: a welcome for strangers, else the form and the latest tracks."""
    context = {"form": MusicForm(), "examples": EXAMPLES, "styles": styles_with_prompts()}
    if not request.user.is_authenticated:
        return render(request, "pages/welcome.html", {**context, "demos": demos.ready().values()})
    jobs = Job.objects.owned_by(request.user).tracks()
    latest = jobs.exclude(state=State.ERROR).order_by("-created_at", "-id")[:LATEST]
    return render(request, "pages/home.html", {**context, "tracks": tracks(latest)})


@login_not_required
@require_safe
def demo(request: HttpRequest, style: str) -> HttpResponseBase:
    """The sound of a piece of the front page. It comes from the list of these alone, which has no track of anybody."""
    piece = demos.ready().get(style)
    if piece is None:
        return HttpResponseNotFound()  # for a player: no page
    return deliver_to_everybody(request, {"name": piece.file, "type": "audio/mpeg", "size": piece.size}, piece.digest)


@require_http_methods(["GET", "HEAD", "POST"])
def music(request: HttpRequest) -> HttpResponse:
    """The form, and what was ordered lately. A valid post makes one job, or as many as were asked for, and leads back.

    ``?watch=1`` is for browsers without scripts: the page loads itself again and again, which would lose what somebody
    writes into the form.
    """
    if not request.user.is_authenticated:
        return _log_in_first(request)
    if request.method != "POST":
        form = MusicForm.prefilled(_saved(request) or request.GET, request.session.get(KEPT))
        form.earlier = _earlier(request, request.GET.get("tune_of", ""))
        if track := _own_track(request, request.GET.get("lyrics_of", "")):
            form.initial.setdefault("lyrics", track.brief.get("lyrics", ""))
        return studio(request, form)
    form = sent(request)
    leads_to: list[str] = []
    if form.is_valid() and ordered(form, lambda: leads_to.append(_order(request, form))):
        request.session[KEPT] = form.kept
        return redirect(leads_to[0])
    return studio(request, form, status=422)


def _order(request: HttpRequest, form: MusicForm) -> str:
    """Order what a valid form says; the page on which it is followed. Raises what the queue does."""
    prompt, options, key = form.cleaned_data["prompt"], form.options, form.order_key
    other = request.POST.get("compare", "")[:40]
    if not other:
        variations.order(request.user, prompt, options, form.pieces, key=key)
        return f"{reverse('music')}?watch=1"
    if form.pieces > 1:
        raise ValueError(_("Engines are compared by one piece each."))

    def submit(own: Mapping[str, Any], key: str | None, first: Job | None) -> Job:
        return orders.submit(request.user, prompt, {**options, **own}, key=key, variation_of=first)

    engines = [options.get("generator", settings.GENERATOR), other]
    first, second = comparisons.order(engines, submit, key=f"{key}-{other}")
    return reverse("compare", args=[first.pk, second.pk])


@action("music")
def clear_settings(request: HttpRequest) -> HttpResponse:
    """Forget the settings of the last order."""
    request.session.pop(KEPT, None)
    return redirect("music")


def _log_in_first(request: HttpRequest) -> HttpResponse:
    """To the log-in, and back to the form; what was written into it comes along where an address can hold it."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    fields = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "idempotency", "draw"):
        fields.pop(name, None)
    for name, texts in fields.lists():
        fields.setlist(name, [text for text in texts if text])
    query = fields.urlencode()
    response = redirect_to_login(f"{reverse('music')}?{query}" if 0 < len(query) <= LONGEST else reverse("music"))
    postpone(request, response, with_fields=False)
    return response


@login_not_required
@require_POST
def understood(request: HttpRequest) -> HttpResponse:
    """How an order would be understood, as a part for the script, else as the whole page; nothing is ordered.

    It asks the database for nothing of its own and is nobody's, so that people may try it before they have an account.
    """
    rates.count_in_memory("understood", settings.LIMIT_UNDERSTOOD, account_of(request))
    form = sent(request)
    if request.headers.get("X-Part") or not request.user.is_authenticated:
        return render(request, "pages/parts/understood.html", _reading(form))
    return studio(request, form)


understood.page_of_action = "music"  # type: ignore[attr-defined]


def resend(request: HttpRequest) -> HttpResponse:
    """An order that came with an outdated token: the form once more with its words, to be sent with a new one."""
    form = MusicForm(request.POST)
    form.is_valid()
    form.add_error(None, _("This page was too old, and nothing was ordered. Please send it again."))
    return studio(request, form, status=403)


def sent(request: HttpRequest) -> MusicForm:
    """The order's form as it came; nobody unknown has their file read."""
    form = MusicForm(_with_chips(request.POST), request.FILES if request.user.is_authenticated else None)
    form.earlier = _earlier(request, request.POST.get("tune_of", ""))
    return form


def _with_chips(sent: QueryDict) -> QueryDict:
    """The fields with what a click on a chip does to them, where no script has done it already.

    ``keep`` and ``let_go`` have the values of a chip as JSON, ``heard_again`` words that were left aside.
    """
    fields = sent.copy()
    if words := sent.get("heard_again"):
        fields.setlist("unheard", [other for other in sent.getlist("unheard") if other != words])
    for click in ("keep", "let_go"):
        for name, value in _values(sent.get(click, "")).items():
            if isinstance(value, list):
                others = [other for other in sent.getlist(name) if other not in value]
                fields.setlist(name, [*others, *map(str, value)] if click == "keep" else others)
            else:
                fields[name] = str(value) if click == "keep" else ""
    return fields


def _values(chip: str) -> dict[str, Any]:
    """The fields of a chip by their names; none of what no chip has sent."""
    try:
        values = json.loads(chip)
    except (ValueError, RecursionError):
        return {}
    return {name: values[name] for name in MusicForm.base_fields if name in values} if isinstance(values, dict) else {}


def _earlier(request: HttpRequest, pk: str) -> Job | None:
    """The asking person's own track of that key, where it has a tune that was given."""
    job = _own_track(request, pk)
    return job if job and job.brief.get("tune") else None


def _own_track(request: HttpRequest, pk: str) -> Job | None:
    """The asking person's own track of that key; None where there is none, or it is no key."""
    if not pk or not request.user.is_authenticated:
        return None
    try:
        return Job.objects.owned_by(request.user).tracks().filter(pk=UUID(pk)).first()
    except ValueError:
        return None


def _saved(request: HttpRequest) -> dict[str, Any]:
    """What the person's saved prompt of the key in the address has for the form; nothing where there is none."""
    try:
        saved = SavedPrompt.objects.get(owner=request.user.pk, pk=UUID(request.GET.get("saved", "")))
    except (ValueError, SavedPrompt.DoesNotExist):
        return {}
    fields = {"prompt": saved.prompt, **saved.settings}
    return {name: value if isinstance(value, list) else [value] for name, value in fields.items()}


def _reading(form: MusicForm) -> dict[str, object]:
    brief = form.brief.to_json() if form.brief else {}
    found = chips(brief)
    return {
        "chips": found,
        "marked": marked(str(brief.get("prompt", "")), found),
        "unheard": form.cleaned_data.get("unheard", []),
        "remarks": remark_texts(brief.get("remarks", ())),
    }


def studio(request: HttpRequest, form: MusicForm, status: int = 200) -> HttpResponse:
    """The page with this form, and what was ordered lately."""
    jobs = Job.objects.owned_by(request.user).tracks()
    unfinished = jobs.unfinished().order_by("-created_at", "-id")
    latest = jobs.finished().order_by("-created_at", "-id")[:LATEST]
    context = {
        "form": form,
        "here": request.get_full_path() if request.method == "GET" else reverse("music"),
        "examples": EXAMPLES,
        "styles": styles_with_prompts(),
        "tracks": tracks([*unfinished, *latest]),
        "with_film": "film" in request.GET,
        **(_reading(form) if form.is_bound else {}),
    }
    if form.files.get("melody") and not form["melody"].errors:  # no page can put a file back into its field
        form.add_error("melody", _("Please choose the file once more."))
    response = render(request, "pages/music.html", context, status=status)
    response.shows_own_films = context["with_film"]  # type: ignore[attr-defined]  # musicsite.headers lets it run
    return response
