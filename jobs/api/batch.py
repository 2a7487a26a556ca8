"""Calls for many at once: orders, and jobs that are deleted or downloaded together."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from ninja import Body, Query
from pydantic import Field, ValidationError

from jobs.accounts.data_export import tracks
from jobs.api.keys import SharedKey
from jobs.api.schemas import Order, Problem, Status, Wire
from jobs.api.subscribing import told
from jobs.api.tokens import whoever_may
from jobs.api.views import SIGNED_OUT, UNPRINTABLE, UNSAFE, api, invalid, ordered, refusal_of, wrong_fields
from jobs.models import Job
from jobs.models.errors import IllegalTransition
from jobs.models.text import unprintable
from jobs.models.token import CREATE
from jobs.progress.status import status_json
from jobs.queue import transitions

MOST = 50  # orders, or jobs, of one call

Ids = Annotated[list[UUID], Query(alias="id", min_length=1, max_length=MOST, description="once for each job")]


class Batch(Wire):
    orders: list[dict[str, Any]] = Field(
        min_length=1, max_length=MOST, description="each as the body of an order; all together at most 64 KiB"
    )


class Result(Wire):
    status: int = Field(description="202: accepted; else that of the problem")
    job: Status | None
    problem: Problem | None


class Results(Wire):
    results: list[Result] = Field(description="one for each order, in their order")


class Deleted(Wire):
    deleted: list[UUID]
    kept: list[UUID] = Field(description="not ended, or not there")


@api.post(
    "music/batch",
    auth=whoever_may(CREATE),
    response={200: Results, **SIGNED_OUT, **UNSAFE, 400: Problem, 413: Problem, 415: Problem, 422: Problem},
    summary="Order many pieces of music",
)
def order_many(
    request: HttpRequest,
    batch: Body[Batch],
    idempotency_key: SharedKey = None,
) -> HttpResponse:
    """Each order is accepted or refused by itself. With the same Idempotency-Key each gives the same job again."""
    if unprintable(idempotency_key or ""):
        return invalid([{"field": "Idempotency-Key", "message": UNPRINTABLE}])
    keys = [f"{idempotency_key}/{place}" if idempotency_key else None for place in range(len(batch.orders))]
    results = [_result(request, order, key) for order, key in zip(batch.orders, keys, strict=True)]
    return JsonResponse({"results": results}, headers={"Cache-Control": "private, no-store"})


def _result(request: HttpRequest, order: dict[str, Any], key: str | None) -> dict[str, Any]:
    try:
        wanted = Order.model_validate(order)
        job = told(request, lambda: ordered(request, wanted, key))
    except ValidationError as error:
        refusal = invalid(wrong_fields(error.errors(), 0))
    except Exception as error:
        refusal = refusal_of(error)
    else:
        return {"status": 202, "job": status_json(job), "problem": None}
    return {"status": refusal.status_code, "job": None, "problem": json.loads(refusal.content)}


@api.delete(
    "music",
    response={200: Deleted, **SIGNED_OUT, **UNSAFE, 415: Problem, 422: Problem},
    summary="Delete many ended jobs",
)
def delete_many(request: HttpRequest, ids: Ids) -> HttpResponse:
    """As one by one; those that have not ended, or are not there, are kept."""
    deleted = []
    for job in Job.objects.owned_by(request.user).filter(pk__in=ids):
        try:
            transitions.delete(job)
        except IllegalTransition:
            continue
        deleted.append(job.pk)
    return JsonResponse({"deleted": deleted, "kept": [pk for pk in dict.fromkeys(ids) if pk not in deleted]})


@api.get(
    "music/archive",
    response={200: None, 422: Problem, **SIGNED_OUT},
    summary="Download many tracks as a zip",
    openapi_extra={
        "responses": {200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}}
    },
)
def archive(request: HttpRequest, ids: Ids) -> HttpResponseBase:
    """Every file of those that are finished, sent while it is made; a zip that breaks off has no end."""
    done = Job.objects.owned_by(request.user).filter(pk__in=ids).finished().order_by("created_at", "pk")
    response = StreamingHttpResponse(tracks(list(done.values_list("pk", flat=True))), content_type="application/zip")
    name = f"musicsite-{timezone.now():%Y-%m-%d}.zip"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "private, no-store"
    return response
