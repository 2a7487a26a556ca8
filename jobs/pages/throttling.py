"""Middleware that refuses whoever asks too much, as a page or as a problem document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from jobs.accounts import throttle
from jobs.models.errors import LimitReached
from jobs.pages.views.errors import too_many
from jobs.queue import rates


class Throttle:
    """Refuses with 429 whoever asks too much, and guards the forms by which accounts are tried out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            rates.count_request(request.META, throttle.account_of(request))
        except LimitReached as refusal:
            return too_many(request, refusal)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        try:
            throttle.guard(request)
        except LimitReached as refusal:
            return too_many(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return too_many(request, exception) if isinstance(exception, LimitReached) else None
