"""What several pages need: somebody's own job, an action on it, an order."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from jobs.models import Job
from jobs.models.errors import Gone, IllegalTransition, KeyReused, LimitReached
from jobs.pages.forms import SettingsForm
from jobs.pages.postponed import postpone

OF_A_TRACK = ("track", "track_edit")  # pages whose address has the track's key
View = Callable[..., HttpResponseBase]


def own(request: HttpRequest, pk: UUID) -> Job:
    """The asking person's own job of that key, not in the bin; raise Http404."""
    return get_object_or_404(Job.objects.owned_by(request.user), pk=pk)


def own_track(request: HttpRequest, pk: UUID) -> Job:
    """As ``own``, for a track: raise Http404 for an export, too."""
    return get_object_or_404(Job.objects.owned_by(request.user).tracks(), pk=pk)


def action(page: str = "track", name: str | Promise = "") -> Callable[[View], View]:
    """A view that does something when its form is sent by somebody who is logged in.

    Whoever is logged out meanwhile logs in and comes to the page on which the form was, or to ``page`` (the name of a
    view, with the arguments of this one), where it is said that nothing was done; ``name``: what the action is called
    where it may be offered again. A script that sends the form itself (``X-Quiet``) is told by a status: 204 done, 401
    logged out, 409 not possible any more.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            home = reverse(page, kwargs=kwargs if page in OF_A_TRACK else None)
            if request.method != "POST":
                response = render(request, "pages/errors/405.html", {"back": home}, status=405)
                response["Allow"] = "POST"
                return response
            if not request.user.is_authenticated:
                response = HttpResponse(status=401) if is_quiet(request) else log_in_first(request, home)
                postpone(request, response, with_fields=bool(name))
                return response
            done = view(request, *args, **kwargs)
            return HttpResponse(status=204) if is_quiet(request) and done.status_code == 302 else done

        guarded.page_of_action = page  # type: ignore[attr-defined]
        guarded.name_of_action = name  # type: ignore[attr-defined]
        return guarded

    return decorate


def log_in_first(request: HttpRequest, page: str) -> HttpResponse:
    """To the log-in, and from there to the page on which the form was, or to ``page`` where that is not known."""
    back = urlsplit(came_from(request))
    return redirect_to_login(f"{back.path}?{back.query}".rstrip("?") if back.path else page)


def is_quiet(request: HttpRequest) -> bool:
    """Whether a script sent the form, which stays on its page (static/pages/modules/quiet_forms.js)."""
    return "X-Quiet" in request.headers


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
        if is_quiet(request):
            return HttpResponse(status=409)
        messages.warning(request, _("That is no longer possible: the track has changed in the meantime."))
        return redirect("track", pk=job.pk)
    if onward:
        return redirect(onward)
    page = reverse("track", args=[job.pk])
    back = came_from(request) or page
    return redirect("library" if gone and urlsplit(back).path == page else back)


def came_from(request: HttpRequest) -> str:
    """The page of ours on which a form was sent; "" where that is not known.

    What was wrong with a form is told at the address of its action: then it is the page that this belongs to.
    """
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    if not ours or not urlsplit(back).netloc:
        return ""
    return page_at(urlsplit(back).path) or back


def page_at(path: str) -> str:
    """The address of the page that the action at ``path`` belongs to; "" where there is no action."""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    page: str = getattr(match.func, "page_of_action", "")
    return reverse(page, kwargs=match.kwargs if page in OF_A_TRACK else None) if page else ""


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
