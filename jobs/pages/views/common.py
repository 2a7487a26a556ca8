"""What several pages need: somebody's own job, an action on it, an order."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from jobs.models import Job
from jobs.models.errors import Gone, IllegalTransition, KeyReused, LimitReached
from jobs.pages.forms import SettingsForm


def own(request: HttpRequest, pk: UUID) -> Job:
    """The asking person's own job of that key, not in the bin; raise Http404."""
    return get_object_or_404(Job.objects.owned_by(request.user), pk=pk)


def own_track(request: HttpRequest, pk: UUID) -> Job:
    """As ``own``, for a track: raise Http404 for an export, too."""
    return get_object_or_404(Job.objects.owned_by(request.user).tracks(), pk=pk)


def act(
    request: HttpRequest, job: Job, action: Callable[[Job], object], *, gone: bool = False, onward: str = ""
) -> HttpResponse:
    """Do the action, and lead back to where the person was; what the job's state does not allow becomes a message.

    ``gone``: to the library from the page of the track, which is no longer there. ``onward``: where it leads to instead
    of back.
    """
    try:
        action(job)
    except Gone:
        messages.warning(request, _("That is no longer possible: the track was deleted for good in the meantime."))
        return redirect("library")
    except IllegalTransition:
        messages.warning(request, _("That is no longer possible: the track has changed in the meantime."))
        return redirect("track", pk=job.pk)
    if onward:
        return redirect(onward)
    page = reverse("track", args=[job.pk])
    back = came_from(request) or page
    return redirect("library" if gone and urlsplit(back).path == page else back)


def came_from(request: HttpRequest) -> str:
    """The page of ours on which a form was sent; "" where that is not known."""
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return back if ours and urlsplit(back).netloc else ""


def from_elsewhere(request: HttpRequest) -> bool:
    """Whether the browser says that a page of another site has sent it here: that changes nothing that is kept."""
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def ordered(form: SettingsForm, order: Callable[[], object]) -> bool:
    """Order what the form says; True where that went well. What the queue refuses becomes an error of the form.

    Raise Http404 where the track that it is made of was deleted meanwhile.
    """
    try:
        order()
    except Gone as error:
        raise Http404 from error
    except KeyReused:
        form.add_error(None, _("This form was sent before, with other contents. Please reload the page and try again."))
        return False
    except LimitReached as error:
        form.add_error(None, str(error))
        return False
    except ValueError as error:
        field, _colon, message = str(error).partition(": ")
        form.add_error(field if field in form.fields else None, message or str(error))
        return False
    return True
