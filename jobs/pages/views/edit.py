"""The page on which a track is changed in parts: every button of its form is a step, and none is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jobs.accounts.throttle import account_of
from jobs.api.previews import as_json
from jobs.models import Job, Preview, Revision, State
from jobs.models.errors import LimitReached, Unmakeable, message_for
from jobs.models.revision import MADE_WITH
from jobs.music.brief import TONICS
from jobs.music.editing import EditDocument
from jobs.music.words.chords import sounding
from jobs.pages.arrangement import Arrangement, Document
from jobs.pages.compared_versions import Comparison
from jobs.pages.edit_form import EditForm
from jobs.pages.note_roll import PANEL
from jobs.pages.refusals import in_words
from jobs.pages.steps import changes, listed
from jobs.pages.tracks import Track
from jobs.pages.views.common import act, action, is_quiet, own_track
from jobs.queue import previews, rates, revisions, variations
from jobs.queue.revisions import Outdated


@login_required
@require_safe
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The state at which the track's edit is, to be changed; a sentence where the track cannot be."""
    track = own_track(request, pk)
    if track.state != State.DONE:
        return redirect("track", pk=pk)
    if why_not := revisions.why_not(track):
        context = {"track": Track(track), "why_not": message_for(why_not)}
        return render(request, "pages/edit_unavailable.html", context)
    form = EditForm(Arrangement(track, revisions.current(track)), panel=request.GET.get("open", ""))
    return _page(request, track, form)


@login_required
@require_safe
def chords(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How chords that somebody writes are read in a key of the track, as a part for the script; nothing is kept."""
    rates.count_in_memory("understood", settings.LIMIT_UNDERSTOOD, account_of(request))
    track = own_track(request, pk)
    brief, text, key = revisions.base_of(track), request.GET.get("text", "")[:500], request.GET.get("key", "")
    context: dict[str, Any] = {}
    try:
        context["bars"] = sounding(text, key if key in TONICS else brief.tonic, brief.mode) if text.strip() else []
    except ValueError as error:
        context["wrong"] = in_words(str(error))
    return render(request, "pages/parts/edit_chords.html", context)


@login_required
@require_safe
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Two versions of the track beside each other: ``a`` and ``b`` are their numbers, at first as composed and now."""
    track = own_track(request, pk)
    if track.state != State.DONE or revisions.why_not(track):
        return redirect("track_edit", pk=pk)
    current = revisions.number_of(revisions.current(track))
    chosen = [_number(request.GET.get(name, "")) for name in ("a", "b")]
    first, second = (one if one >= 0 else usual for one, usual in zip(chosen, (MADE_WITH, current), strict=True))
    try:
        comparison = Comparison(track, first, second)
    except Revision.DoesNotExist:
        return redirect("track_edit_compare", pk=pk)
    context = {
        "track": Track(track),
        "comparison": comparison,
        "current": current,
        "steps": listed(track, comparison.first.arrangement.composed, everything=True),
        "idempotency": uuid4().hex,
    }
    return render(request, "pages/compare_versions.html", context)


@dataclass(frozen=True, slots=True)
class Faster:
    """What somebody else has done since the form was made: the number of theirs, and both in words."""

    number: int
    theirs: list[str]
    mine: list[str]


def _page(
    request: HttpRequest,
    track: Job,
    form: EditForm,
    status: int = 200,
    faster: Faster | None = None,
    heard: Preview | None = None,
) -> HttpResponse:
    current = revisions.current(track)
    number = revisions.number_of(current)
    everything = request.GET.get("steps") == "all"
    context = {
        "track": Track(track),
        "form": form,
        "faster": faster,
        "heard": heard and {"number": heard.number, "name": form.arrangement.names[heard.section]},
        "open": form.first_wrong or _shown(request.POST.get("open") or request.GET.get("open") or "whole", form),
        "current": current,
        "number": number,
        "can_redo": revisions.following(track, number) is not None,
        "steps": listed(track, form.arrangement.composed, everything=everything),
        "shows_all": everything,
    }
    return render(request, "pages/edit.html", context, status=status)


def _shown(panel: str, form: EditForm) -> str:
    """The panel, but for notes that the page does not have."""
    roll = form.roll
    return panel if not PANEL.fullmatch(panel) or (roll and roll.panel == panel) else "whole"


@action("track_edit", gettext_lazy("Keep the change"))
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep as a step what is changed in the form, and do what its button says."""
    track = own_track(request, pk)
    page = reverse("track_edit", args=[pk])
    if track.state != State.DONE or revisions.why_not(track):
        return redirect(page)
    form = _sent(request, track)
    if form is None:
        messages.warning(request, _("That is no longer possible: the track has changed in the meantime."))
        return redirect(page)
    answers: list[HttpResponse] = []

    def do(job: Job) -> None:
        answers.append(_done(request, job, form))

    response = act(request, track, do, onward=page)
    return answers[0] if answers else response


@action("track_edit")
def hear(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Order what is heard of the form as it stands; nothing is kept. The section is that of the button's ``hear``.

    A script gets what the API says of the preview, others the page as it was sent, with a link to the sound.
    """
    track = own_track(request, pk)
    form = _sent(request, track) if track.state == State.DONE and not revisions.why_not(track) else None
    if form is None:
        return HttpResponse(status=409) if is_quiet(request) else redirect("track_edit", pk=pk)
    heard = _heard(request, track, form)
    if is_quiet(request):
        return _told(form, heard)
    return _page(request, track, form, 422 if form.errors else 200, heard=heard)


def _heard(request: HttpRequest, track: Job, form: EditForm) -> Preview | None:
    """The preview that the form asks for; None where it says what is wrong."""
    document = _document(form, "")
    if document is None:
        return None
    section = min(max(_number(request.POST.get("hear", "")), 0), len(form.arrangement.blocks) - 1)
    try:
        return previews.order(track, EditDocument.model_validate(tidied(document, form.arrangement)), section=section)
    except LimitReached as error:
        form.add_error(None, str(error))
    except ValueError as error:
        form.refuse(error, document)
    return None


def _told(form: EditForm, heard: Preview | None) -> HttpResponse:
    if heard:
        return JsonResponse(as_json(heard), status=202)
    words = [str(error) for errors in form.errors.values() for error in errors]
    return JsonResponse({"message": words[0] if words else ""}, status=422)


def _sent(request: HttpRequest, track: Job) -> EditForm | None:
    """The form as it was sent; None where the state that it was made from is no more."""
    try:
        made_from = revisions.find(track, _number(request.POST.get("made_from", "")))
    except Revision.DoesNotExist:
        return None
    return EditForm(Arrangement(track, made_from), request.POST, request.FILES)


def _done(request: HttpRequest, track: Job, form: EditForm) -> HttpResponse:
    what = _what(request)
    document = _document(form, what)
    if document is None:
        return _page(request, track, form, 422)
    over = form.cleaned_data["over"]
    try:
        number = _kept(request, track, form, document, over)
    except Outdated as late:
        return _overtaken(request, track, form, document, late.current)
    except LimitReached as error:
        form.add_error(None, str(error))
    except ValueError as error:
        form.refuse(error, document)
    if form.errors:
        return _page(request, track, form, 422)
    if what == "make" or what.startswith("make-"):
        return _made(request, track, form, number if what == "make" else _number(what[5:]))
    _go(track, what, number, over)
    panel = _panel_after(what, request.POST.get("open", ""), form)
    query = urlencode({"open": panel, "watch": 1})  # what was sent is kept
    return redirect(f"{reverse('track_edit', args=[track.pk])}?{query}#desk")


def _what(request: HttpRequest) -> str:
    """What the button says: ``s3-copy`` for ``section-copy`` while the fourth section is open."""
    what, opened = request.POST.get("do", ""), request.POST.get("open", "")
    whose, dash, action = what.partition("-")
    if whose in ("section", "part", "tune"):
        return f"{opened}{dash}{action}" if opened[:1] == whose[:1] else ""
    return what


def _document(form: EditForm, what: str) -> Document | None:
    """What the form and its button make of the document; None where the form says what is wrong."""
    if not form.is_valid():
        return None
    document = form.document()
    try:
        form.arrangement.do(document, what, form.cleaned_data)
    except ValueError as error:
        form.refuse(error, document)
        return None
    return document


def _kept(request: HttpRequest, track: Job, form: EditForm, document: Document, over: int) -> int:
    """The number of the step that the document is kept as: of the one that is there where nothing has changed.

    Raise what ``revisions.save`` raises.
    """
    name = form.cleaned_data["name"].strip()
    new = EditDocument.model_validate(tidied(document, form.arrangement))
    if new.plain() == tidied(form.arrangement.document, form.arrangement):
        number = revisions.number_of(revisions.current(track))
        if name:
            revisions.call(track, number, name)
        if name and number == MADE_WITH:
            messages.warning(request, _("Nothing is changed yet that could have a name."))
        return number
    return revisions.save(track, request.user, new, over, name=name).number


def tidied(document: Document, arrangement: Arrangement) -> Document:
    """The document without what says nothing."""
    tidy = EditDocument.model_validate(document).plain()
    composed = [{"of": number} for number in range(len(arrangement.composed.sections))]
    if tidy.get("sections") == composed:
        del tidy["sections"]
    for of in ("parts", "kinds"):
        if of in tidy:
            tidy[of] = {name: written for name, written in tidy[of].items() if written}
            if not tidy[of]:
                del tidy[of]
    return tidy


def _go(track: Job, what: str, number: int, over: int) -> None:
    """Undo, redo, or go to a step, from the one of that number."""
    step = track.revisions.filter(number=number).first()
    following = revisions.following(track, number)
    target = {
        "undo": (step.parent or MADE_WITH) if step and step.number != MADE_WITH else None,
        "redo": following.number if following else None,
        "aside": over,
    }.get(what)
    if what.startswith("go-"):
        target = _number(what[3:])
    if target is not None and target != number:
        try:
            revisions.restore(track, target)
        except Revision.DoesNotExist:
            return


def _overtaken(request: HttpRequest, track: Job, form: EditForm, document: Document, current: int) -> HttpResponse:
    """The form as it was sent, with what somebody else has done since it was made."""
    before, composed = form.arrangement.document, form.arrangement.composed
    theirs = revisions.document_of(revisions.find(track, current))
    mine = tidied(document, form.arrangement)
    faster = Faster(current, changes(before, theirs, composed), changes(before, mine, composed))
    return _page(request, track, form, 409, faster)


def _made(request: HttpRequest, track: Job, form: EditForm, number: int) -> HttpResponse:
    key = f"{form.cleaned_data['idempotency']}-{number}" if form.cleaned_data["idempotency"] else None
    try:
        job = variations.edited(track, number, key=key)
    except Revision.DoesNotExist:
        return redirect("track_edit", pk=track.pk)
    except (LimitReached, Unmakeable, ValueError) as error:
        form.add_error(None, str(error))
        return _page(request, track, form, 422)
    return redirect(f"{reverse('track', args=[job.pk])}?watch=1")


def _panel_after(what: str, opened: str, form: EditForm) -> str:
    """The panel that stays open: that of the section or part which a button was about, or of the notes it asks for."""
    whose, _dash, action = what.partition("-")
    if action.startswith("draw"):
        return form.notes_asked(whose, action)
    if form.roll and (step := {"previous": -1, "following": 1}.get(action)):
        return f"t{form.roll.section + step}_{form.roll.row_number}"
    if whose[:1] == "s" and whose[1:].isdecimal():
        at = int(whose[1:]) + {"copy": 1, "left": -1, "right": 1}.get(action, 0)
        return "whole" if action == "delete" else f"s{max(0, at)}"
    return "whole" if action == "remove" else opened


def _number(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
