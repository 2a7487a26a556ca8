"""What somebody's programs were told by webhooks, and sending it again."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import Delivery
from jobs.pages.views.common import action

MOST = 50  # deliveries that are shown


@login_required
@never_cache
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """The latest deliveries of the person's webhooks."""
    latest = Delivery.objects.filter(owner=cast(User, request.user)).order_by("-created_at")[:MOST]
    return render(request, "pages/webhooks.html", {"deliveries": latest, "most": MOST})


@action("webhooks")
def replay(request: HttpRequest) -> HttpResponse:
    """Send one of the person's deliveries again; one that is no longer there is no error."""
    try:
        pk = UUID(request.POST.get("delivery", ""))
    except ValueError:
        return redirect("webhooks")
    if Delivery.objects.filter(owner=cast(User, request.user), pk=pk).replay():
        messages.success(request, _("It is sent again."))
    return redirect("webhooks")
