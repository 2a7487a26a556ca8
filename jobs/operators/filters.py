"""Filters and paginator of the operators' job list that stay cheap at a million rows: no DISTINCT, no count of all."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs import generators
from jobs.models import Attempt, Job, JobQuerySet, State, WorkerHost
from jobs.models.errors import CANCELLED


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Looks no further than the first ``cap`` rows: who wants an older one filters or searches."""

    cap = 5000

    @cached_property
    def count(self) -> int:
        jobs: Any = self.object_list
        return int(jobs.order_by().values("pk")[: self.cap].count())


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    # Unfinished states say what the partial index says, so that the database uses it.
    choices_by_name = {
        "waiting": (_("Waiting"), Q(state=State.PENDING, finished_at=None)),
        "processing": (_("Being made"), Q(state=State.PROCESSING, finished_at=None)),
        "done": (_("Done"), Q(state=State.DONE)),
        "failed": (_("Failed"), Q(state=State.ERROR) & ~Q(error_code=CANCELLED)),
        "cancelled": (_("Cancelled"), Q(state=State.ERROR, error_code=CANCELLED)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _condition) in self.choices_by_name.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.choices_by_name.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class GeneratorFilter(admin.SimpleListFilter):
    title = _("generator")
    parameter_name = "generator"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(alias, alias) for alias in generators.aliases()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(generator=self.value()) if self.value() else queryset


class AgeFilter(admin.SimpleListFilter):
    title = _("age")
    parameter_name = "age"
    spans = {
        "hour": (_("Past hour"), timedelta(hours=1)),
        "day": (_("Past 24 hours"), timedelta(days=1)),
        "week": (_("Past 7 days"), timedelta(days=7)),
        "month": (_("Past 30 days"), timedelta(days=30)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((name, label) for name, (label, _span) in self.spans.items()), ("older", _("Older"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        if self.value() == "older":
            return queryset.filter(created_at__lt=now - self.spans["month"][1])
        chosen = self.spans.get(self.value() or "")
        return queryset.filter(created_at__gte=now - chosen[1]) if chosen else queryset


class HostFilter(admin.SimpleListFilter):
    """Offers the hosts that have workers or hold jobs now; finds the newest jobs that have been tried on one."""

    title = _("host")
    parameter_name = "host"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        hosts = WorkerHost.objects.values_list("host", flat=True)
        leases = Job.objects.filter(lease_until__isnull=False).order_by().values_list("lease_host", flat=True)
        return [(host, host) for host in sorted(hosts.union(leases))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        tried = Attempt.objects.filter(host=self.value()).order_by("-pk").values("job")
        return queryset.filter(pk__in=tried[: CappedPaginator.cap])

    def has_output(self) -> bool:
        return True  # also with a single host: it tells which one


def search(jobs: JobQuerySet, text: str) -> JobQuerySet:
    """The jobs that ``text`` finds.

    By id or its beginning (a key look-up), else by a whole user name or e-mail, else by words of prompt and title.
    """
    if span := _ids(text):
        return jobs.filter(pk__range=span)
    name = unicodedata.normalize("NFKC", text)  # as Django keeps user names
    cases = {name.lower(), name.upper(), name.capitalize(), name.title()}  # SQLite knows the case of Latin letters only
    users = get_user_model().objects.filter(Q(username__iexact=name) | Q(username__in=cases) | Q(email__iexact=name))
    if owners := list(users.values_list("pk", flat=True)):
        return jobs.filter(owner__in=owners)
    return jobs.saying(text)


def _ids(text: str) -> tuple[UUID, UUID] | None:
    """The first and last id that the text may mean: an id, eight or more of its first digits, an address with one."""
    whole = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text.lower())
    digits = (whole[0] if whole else text.lower()).replace("-", "")
    if not re.fullmatch(r"[0-9a-f]{8,32}", digits):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
