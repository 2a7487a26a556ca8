"""Calls that compare engines: the same words, ordered from two of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Body
from pydantic import Field

from jobs.api.keys import SharedKey
from jobs.api.schemas import Name, Order, Problem, Status, Wire
from jobs.api.subscribing import told
from jobs.api.tokens import whoever_may
from jobs.api.views import SIGNED_OUT, UNPRINTABLE, UNSAFE, api, invalid, ordered, refusal_of
from jobs.models import Job
from jobs.models.errors import KeyReused, LimitReached
from jobs.models.text import unprintable
from jobs.models.token import CREATE
from jobs.progress.status import status_json
from jobs.queue import comparisons


class Comparison(Order):
    engines: list[Name] = Field(min_length=2, max_length=2, description="two different engines, instead of generator")


class Compared(Wire):
    pageUrl: str = Field(description="on which a person hears both")
    jobs: list[Status] = Field(description="one for each engine, in their order; each is as any other job")


@api.post(
    "music/compare",
    auth=whoever_may(CREATE),
    response={202: Compared, **SIGNED_OUT, **UNSAFE, 400: Problem, 413: Problem, 415: Problem, 422: Problem},
    summary="Order the same words from two engines",
)
def compare(
    request: HttpRequest,
    order: Body[Comparison],
    idempotency_key: SharedKey = None,
) -> HttpResponse:
    """Both are accepted, or none. They have the same seed; the second is a variation of the first."""
    if unprintable(idempotency_key or ""):
        return invalid([{"field": "Idempotency-Key", "message": UNPRINTABLE}])
    if order.generator is not None:
        return invalid([{"field": "generator", "message": "The engines of a comparison are named by engines."}])

    def submit(own: Mapping[str, Any], key: str | None, first: Job | None) -> Job:
        values = order.model_dump(exclude={"engines"}, exclude_none=True) | dict(own)
        one = Order.model_validate(values)
        return told(request, lambda: ordered(request, one, key, first))

    try:
        jobs = comparisons.order(order.engines, submit, key=idempotency_key or None)
    except (KeyReused, LimitReached, ValueError) as error:
        return refusal_of(error)
    page = reverse("compare", args=[job.pk for job in jobs])
    return JsonResponse(
        {"pageUrl": page, "jobs": [status_json(job) for job in jobs]},
        status=202,
        headers={"Cache-Control": "private, no-store"},
    )
