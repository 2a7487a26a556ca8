"""Two tracks side by side, as two engines make them of the same words."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jobs.models.errors import Gone, LimitReached
from jobs.pages.tracks import tracks
from jobs.pages.views.common import action, own_track
from jobs.progress import notices
from jobs.queue import comparisons


@login_required
@require_safe
def compare(request: HttpRequest, first: UUID, second: UUID) -> HttpResponse:
    """Two tracks of the asking person's side by side, which also dismisses the news of them."""
    jobs = [own_track(request, first), own_track(request, second)]
    for job in filter(notices.is_news, jobs):
        notices.dismiss(request.session, job)  # it is told of here
    pair = tracks(jobs)
    same_words = pair[0].job.prompt == pair[1].job.prompt
    is_live = any(track.kind == "live" for track in pair)
    return render(request, "pages/compare.html", {"pair": pair, "same_words": same_words, "is_live": is_live})


@action(name=gettext_lazy("Compare"))
def track_compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Order the words of a track from another ``engine``, too, and lead to both; twice is once."""
    job = own_track(request, pk)
    engine = request.POST.get("engine", "")
    there = next((other for other in comparisons.counterparts(job) if other.generator == engine), None)
    if there is None:
        try:
            there = comparisons.counterpart(job, engine, key=f"compare-{pk.hex}-{engine}"[:255])
        except Gone:
            return redirect("library")
        except (LimitReached, ValueError) as error:
            reason = str(error).partition(": ")[2] if isinstance(error, ValueError) else str(error)
            messages.warning(request, reason or _("That is not possible."))
            return redirect("track", pk=pk)
    return redirect("compare", first=pk, second=there.pk)
