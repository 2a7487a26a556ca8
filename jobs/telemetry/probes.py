"""What machines ask: ``/healthz``, ``/readyz`` and ``/metrics``.

They are answered before everything else: under any host name, over plain HTTP, without a session, and without counting
as somebody's requests. A probe knows a process by its address and nothing of host names or certificates.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse

from jobs.telemetry import health
from jobs.telemetry.metrics import metrics

Probe = Callable[[HttpRequest], HttpResponseBase]


def healthz(request: HttpRequest) -> HttpResponseBase:
    """This process answers, and which version it is of; nothing else is asked."""
    return HttpResponse(f"ok {settings.VERSION}\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponseBase:
    """200 when all is in order, else 503; ``?exclude=workers&exclude=queue`` leaves checks out, as Kubernetes does."""
    exclude = request.GET.getlist("exclude")
    if unknown := set(exclude) - set(health.CHECKS):
        text = f"exclude: {', '.join(sorted(unknown))} is not among {', '.join(health.CHECKS)}"
        return JsonResponse({"ready": False, "detail": text}, status=400)
    report = health.report(exclude)
    response = JsonResponse(report, status=200 if report["ready"] else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # else Django logs an error at each probe
    return response


PROBES: dict[str, Probe] = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}


def probes(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, before everything that looks at host names, schemes, sessions or limits."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path_info)
        if probe is None:
            return get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = probe(request)
        response.headers["Cache-Control"] = "no-store"
        return response

    return middleware
