"""A track's page, its parts, and what a person does with it: by forms, so that it works without JavaScript."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jobs.accounts.links import absolute
from jobs.api.previews import as_json
from jobs.models import Job, Playlist
from jobs.models.errors import IllegalTransition, LimitReached, message_for
from jobs.music.formats import parse
from jobs.pages.forms import VariationForm
from jobs.pages.track_forms import NoteForm, RenameForm
from jobs.pages.tracks import Track
from jobs.pages.views.common import act, action, came_from, is_quiet, ordered, own, own_track
from jobs.progress import notices
from jobs.queue import exports, previews, transitions, variations

PARTS = {
    "card": "pages/parts/card.html",
    "panel": "pages/parts/track_panel.html",
    "after": "pages/parts/after_track.html",
    "wave": "pages/parts/waveform.html",
    "download": "pages/parts/download.html",
    "side": "pages/parts/compare_side.html",
}


@login_required
@require_safe
def track(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A track's page, which also dismisses the news of it; an export leads to the page of its track."""
    job = own(request, pk)
    if notices.is_news(job):
        notices.dismiss(request.session, job)
    if job.export_of_id:
        return redirect(f"{reverse('track', args=[job.export_of_id])}#downloads")
    for export in filter(notices.is_news, job.exports.all()):
        notices.dismiss(request.session, export)  # it is told of below
    return _page(request, job)


def _page(request: HttpRequest, job: Job, status: int = 200, **forms: object) -> HttpResponse:
    return render(request, "pages/track.html", _contents(request, job) | forms, status=status)


def _contents(request: HttpRequest, job: Job) -> dict[str, object]:
    shared_at = absolute(request, reverse("shared", args=[job.share_token])) if job.share_token else ""
    return {
        "track": Track(job),
        "here": reverse("track", args=[job.pk]),
        "variation": VariationForm(),
        "rename": RenameForm(initial={"title": job.title}),
        "note": NoteForm(initial={"note": job.note}),
        "shared_at": shared_at,
        "playlists": Playlist.objects.filter(owner=job.owner_id).order_by("name", "pk"),
        "embedded_at": absolute(request, reverse("shared_player", args=[job.share_token])) if job.share_token else "",
    }


@login_required
@require_safe
def track_part(request: HttpRequest, pk: UUID, part: str) -> HttpResponse:
    """A part of a page that shows one track, for the script to put in the place of an older one; "download-flac": a
    line of its downloads.
    """
    name, _dash, kind = part.partition("-")
    if name not in PARTS or (name == "download") != bool(kind):
        raise Http404
    job = own_track(request, pk)
    track = Track(job)
    context: dict[str, object] = (
        _contents(request, job) if name == "after" else {"track": track, "choosable": "choosable" in request.GET}
    )
    if kind:
        context["file"] = next((file for file in track.formats if file.slug == kind), None)
        if context["file"] is None:
            raise Http404
    response = render(request, PARTS[name], context)
    response["Cache-Control"] = "private, no-store"
    return response


@action(name=gettext_lazy("Try again"))
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Order a failed job again."""
    return act(request, own(request, pk), transitions.retry)


@action(name=gettext_lazy("Cancel"))
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop a job."""
    return act(request, own(request, pk), transitions.cancel)


@action()
def listen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Order the first section of a piece that is being made, to be heard before the rest of it is there.

    A script gets what the API says of the preview, others the sound, which waits until it is made.
    """
    answers: list[HttpResponse] = []

    def order(job: Job) -> None:
        if not previews.is_heard_early(job):
            raise IllegalTransition("listen", job.state)
        preview = previews.order(job, None, section=0)
        sound = redirect("preview_sound", pk=job.pk, number=preview.number)
        answers.append(JsonResponse(as_json(preview), status=202) if is_quiet(request) else sound)

    try:
        response = act(request, own_track(request, pk), order)
    except (LimitReached, ValueError) as error:
        if is_quiet(request):
            return JsonResponse({"message": str(error)}, status=422)
        messages.warning(request, str(error))
        return redirect("track", pk=pk)
    return answers[0] if answers else response


@action("library")
def cancel_all(request: HttpRequest) -> HttpResponse:
    """Stop everything of the person's that has not ended, but for the job that ``keep`` may name."""
    for job in Job.objects.owned_by(request.user).unfinished():
        if str(job.pk) != request.POST.get("keep"):
            with suppress(IllegalTransition):  # it has ended meanwhile
                transitions.cancel(job)
    return redirect(came_from(request) or "library")


@action(name=gettext_lazy("Delete"))
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a job into the bin; the message on the next page has a button that takes it back."""
    job = own(request, pk)

    def throw_away(job: Job) -> None:
        transitions.delete(job)
        if job.export_of_id:
            return  # it is offered again where it was
        text = _("“%(title)s” was deleted.") % {"title": job.title}
        messages.success(request, text, extra_tags=str(job.pk))

    return act(request, job, throw_away, gone=True)


@action("library", gettext_lazy("Take back"))
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a track out of the bin."""
    job = get_object_or_404(Job.objects.anywhere_of(request.user).tracks(), pk=pk)  # twice is no mistake

    def take_back(job: Job) -> None:
        job.restore()
        messages.success(request, _("“%(title)s” is back in your library.") % {"title": job.title})

    return act(request, job, take_back)


@action("library")
def purge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Remove what lies in the bin for good."""
    binned = Job.objects.binned_by(request.user).tracks()
    return act(request, get_object_or_404(binned, pk=pk), lambda job: transitions.purge(job, binned), gone=True)


@action(name=gettext_lazy("Rename"))
def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a track another title; what is wrong with the title is told on the track's page."""
    job = own_track(request, pk)
    form = RenameForm(request.POST)
    if not form.is_valid():
        return _page(request, job, 422, rename=form)
    return act(request, job, lambda job: exports.rename(job, form.cleaned_data["title"]))


@action(name=gettext_lazy("Make something of it"))
def vary(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Order a variation of a track; what is wrong with it is told on the track's page."""
    job = own_track(request, pk)
    form = VariationForm(request.POST)
    if form.is_valid() and ordered(
        form, lambda: variations.vary(job, form.cleaned_data["change"], form.options, key=f"{form.order_key}-{pk.hex}")
    ):
        return redirect(f"{reverse('music')}?watch=1")
    return _page(request, job, 422, variation=form)


@action(name=gettext_lazy("Prepare"))
def export(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Order the file that the track's page offers; twice is once."""
    job = own_track(request, pk)
    try:
        wanted = parse(request.POST.get("format", ""))
    except ValueError as error:
        raise Http404 from error
    if wanted.kind in exports.unavailable(job):
        messages.warning(request, message_for(exports.NO_SCORE))
        return redirect("track", pk=pk)
    if not exports.can_make(job, wanted):
        raise Http404
    downloads = f"{reverse('track', args=[pk])}#downloads"
    return act(request, job, lambda job: exports.order(job, str(wanted)), onward=downloads)


@action(name=gettext_lazy("Keep the note"))
def note(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep the owner's note on a track; an empty one is none. What is wrong with it is told on the track's page."""
    job = own_track(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, job, 422, note=form)
    text = form.cleaned_data["note"].strip() or None
    return act(request, job, lambda job: Job.objects.filter(pk=job.pk).update(note=text))


@action(name=gettext_lazy("Favourite"))
def favourite(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark a track as a favourite with ``favourite=1``, else take the mark away."""

    def mark(job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(favourite=request.POST.get("favourite") == "1")

    return act(request, own_track(request, pk), mark)


@action()
def dismiss(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Tell this session no more of how the job ended."""
    return act(request, own(request, pk), lambda job: notices.dismiss(request.session, job))
