"""What operators see: jobs with their attempts, and the workers. They steer through ``jobs.queue`` like everybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django_q import admin as django_q_admin
from django_q.models import Failure, OrmQ, Schedule, Success

from jobs.models import Attempt, Job, JobQuerySet, State, WorkerHost
from jobs.models.errors import Gone, IllegalTransition
from jobs.models.worker_host import SILENT
from jobs.operators.durations import in_words
from jobs.operators.filters import AgeFilter, CappedPaginator, GeneratorFilter, HostFilter, StateFilter, search
from jobs.pages.delivery import deliver
from jobs.queue import transitions

# Requeueing a message behind the job's back is what the state machine is there to prevent.
assert django_q_admin  # noqa: S101 — imported first, so that there is something to take away
admin.site.unregister((OrmQ, Success, Failure, Schedule))

AT_ONCE = 1000  # jobs that one action takes


class ReadOnly:
    """Rows that only the domain writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AttemptInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Attempt
    fields = ("number", "outcome", "engine", "where", "started", "took", "problem")
    readonly_fields = fields
    verbose_name_plural = _("attempts")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("jobs.view_job")

    @admin.display(description=_("engine"))
    def engine(self, attempt: Attempt) -> str:
        """With what the work is called where it was done, and what it cost."""
        cost = "" if attempt.cost is None else f"${attempt.cost:.4f}"
        return " · ".join(part for part in (attempt.generator, attempt.remote_id, cost) if part)

    @admin.display(description=_("process"))
    def where(self, attempt: Attempt) -> str:
        return f"{attempt.host} · {attempt.pid}"

    @admin.display(description=_("started"))
    def started(self, attempt: Attempt) -> SafeString:
        return ago(attempt.started_at)

    @admin.display(description=_("took"))
    def took(self, attempt: Attempt) -> str:
        return in_words((attempt.finished_at or timezone.now()) - attempt.started_at)

    @admin.display(description=_("error"))
    def problem(self, attempt: Attempt) -> SafeString | str:
        if not attempt.error_code and not attempt.traceback:
            return "–"
        text = format_html("<b>{}</b> {}", attempt.error_code, attempt.error_message)
        if not attempt.traceback:
            return text
        return format_html(
            "{}<details><summary>{}</summary><pre>{}</pre></details>", text, _("Traceback"), attempt.traceback
        )


@admin.register(Job)
class JobAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        "headline", "listen", "condition", "person", "generator", "tries", "waited", "ran", "age", "error_code",
    )  # fmt: skip
    list_filter = (StateFilter, AgeFilter, GeneratorFilter, HostFilter)
    list_select_related = ("owner",)
    sortable_by = ("age",)
    ordering = ("-created_at", "-id")
    empty_value_display = "–"
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("prompt",)  # shows the field; get_search_results does the search
    search_help_text = _("An id or its first 8 characters; a whole user name or e-mail; else words of the prompt.")
    actions = ("retry", "cancel", "delete")
    inlines = (AttemptInline,)
    fieldsets = (
        (None, {"fields": ("condition", "problem", "track", "prompt", "person")}),
        (_("Times"), {"fields": ("created", "started", "finished", "waited", "ran")}),
        (_("Queue"), {"fields": ("id", "generator", "lane", "turn", "tries", "back_off", "lease")}),
        (
            _("Order and result"),
            {
                "classes": ("collapse",),
                "fields": ("seed", "variation_of", "idempotency_key", "options_text", "understood", "facts_text"),
            },
        ),
    )

    class Media:
        css = {"all": ("operators/admin.css",)}

    # -- Which rows, and who may do what

    def get_queryset(self, request: HttpRequest) -> JobQuerySet:
        first = Attempt.objects.filter(job=OuterRef("pk"), number=1).values("started_at")
        return Job.objects.annotate(first_started_at=Subquery(first))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        text = search_term.strip()
        return (search(queryset, text) if text else queryset), False  # type: ignore[arg-type]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.change_job")

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return request.user.has_perm("jobs.delete_job") and (obj is None or obj.is_finished)

    # -- Columns and fields

    @admin.display(description=_("title"))
    def headline(self, job: Job) -> SafeString:
        return format_html('<span title="{}">{}</span>', job.prompt[:500], job)

    @admin.display(description=_("state"))
    def condition(self, job: Job) -> SafeString:
        name, label = ("cancelled", _("Cancelled")) if job.is_cancelled else (job.state, State(job.state).label)
        percent = f" {job.progress} %" if job.state == State.PROCESSING and job.progress is not None else ""
        return format_html('<span class="state {}">{}{}</span>', name, label, percent)

    @admin.display(description=_("owner"))
    def person(self, job: Job) -> SafeString:
        return format_html('<a href="{}?owner__id__exact={}">{}</a>', _to("changelist"), job.owner_id, job.owner)

    @admin.display(description=_("attempt"))
    def tries(self, job: Job) -> str:
        return f"{job.attempt} / {job.attempt_limit}"

    @admin.display(description=_("waited"))
    def waited(self, job: Job) -> str:
        """Until a worker took it for the first time."""
        first: datetime | None = getattr(job, "first_started_at", None)
        return in_words((first or job.finished_at or timezone.now()) - job.created_at)

    @admin.display(description=_("ran"))
    def ran(self, job: Job) -> str:
        """The latest attempt."""
        if job.started_at is None or job.state == State.PENDING:
            return "–"
        return in_words((job.finished_at or timezone.now()) - job.started_at)

    @admin.display(description=_("age"), ordering="created_at")
    def age(self, job: Job) -> SafeString:
        return ago(job.created_at)

    @admin.display(description=_("listen"))
    def listen(self, job: Job) -> SafeString | str:
        if not job.files:
            return "–"
        return format_html('<a href="{}" title="{}">▶</a>', _to("file", job.pk, "audio"), _("Listen"))

    @admin.display(description=_("error"))
    def problem(self, job: Job) -> SafeString | str:
        return format_html("<b>{}</b> {}", job.error_code, job.error_message) if job.error_code else "–"

    @admin.display(description=_("track"))
    def track(self, job: Job) -> SafeString | str:
        if not job.files:
            return "–"
        links = format_html_join(
            " · ",
            '<a href="{}?download=1">{}</a> {}',
            ((_to("file", job.pk, kind), kind, filesizeformat(file["size"])) for kind, file in job.files.items()),
        )
        audio = format_html('<audio controls preload="none" src="{}"></audio>', _to("file", job.pk, "audio"))
        return format_html('<div class="track">{}<p>{}</p></div>', audio, links)

    @admin.display(description=_("created"))
    def created(self, job: Job) -> SafeString | str:
        return _when(job.created_at)

    @admin.display(description=_("started"))
    def started(self, job: Job) -> SafeString | str:
        return _when(job.started_at)

    @admin.display(description=_("finished"))
    def finished(self, job: Job) -> SafeString | str:
        return _when(job.finished_at)

    @admin.display(description=_("backs off until"))
    def back_off(self, job: Job) -> str:
        return _exact(job.not_before) if job.not_before else "–"

    @admin.display(description=_("held by"))
    def lease(self, job: Job) -> SafeString | str:
        if job.lease_until is None:
            return "–"
        return format_html("{} · {} → {}", job.lease_host, job.lease_pid, _exact(job.lease_until))

    @admin.display(description=_("asked for"))
    def options_text(self, job: Job) -> SafeString | str:
        return _json(job.options)

    @admin.display(description=_("understood"))
    def understood(self, job: Job) -> SafeString | str:
        return _json(job.brief)

    @admin.display(description=_("facts"))
    def facts_text(self, job: Job) -> SafeString | str:
        return _json(job.facts)

    # -- Steering

    @admin.action(permissions=["operate"], description=_("Retry the selected jobs"))
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._steer(request, queryset, partial(transitions.retry, operator=True), gettext_noop("Retried."))

    @admin.action(permissions=["operate"], description=_("Cancel the selected jobs"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._steer(request, queryset, transitions.cancel, gettext_noop("Cancelled."))

    @admin.action(permissions=["delete"], description=_("Delete the selected jobs and their tracks"))
    def delete(self, request: HttpRequest, queryset: QuerySet[Job]) -> Any:
        ids = [job.pk for job in self._selected(request, queryset)]
        chosen = Job.objects.filter(pk__in=ids)
        if unfinished := chosen.unfinished().count():
            text = _("Nothing was deleted: %(count)d of these jobs have not ended. Cancel them first.")
            self.message_user(request, text % {"count": unfinished}, messages.ERROR)
            return None
        return delete_selected(self, request, chosen) if ids else None

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset:
            try:
                self.delete_model(request, job)
            except PermissionDenied:
                self._tell_left_alone(request, job)

    def delete_model(self, request: HttpRequest, obj: Job) -> None:
        try:
            transitions.purge(obj)
        except Gone:
            pass  # as was wanted
        except IllegalTransition as refusal:
            raise PermissionDenied(str(refusal)) from refusal

    def _steer(self, request: HttpRequest, jobs: QuerySet[Job], transition: Callable[[Job], None], note: str) -> None:
        """Each job by itself: what is refused is said, what is done is in the admin's log."""
        steered = 0
        for job in self._selected(request, jobs):
            try:
                transition(job)
            except IllegalTransition:
                self._tell_left_alone(request, job)
            else:
                steered += 1
                self.log_change(request, job, note)
        if steered:
            self.message_user(request, _("%(count)d jobs: %(note)s") % {"count": steered, "note": gettext(note)})

    def _tell_left_alone(self, request: HttpRequest, job: Job) -> None:
        words = {"job": job, "state": State(job.state).label, "code": job.error_code or "–"}
        text = _("%(job)s was left alone: its state does not allow this (%(state)s, %(code)s).")
        self.message_user(request, text % words, messages.WARNING)

    def _selected(self, request: HttpRequest, jobs: QuerySet[Job]) -> Iterable[Job]:
        selected = list(jobs[: AT_ONCE + 1])
        if len(selected) <= AT_ONCE:
            return selected
        text = _("At most %(count)d jobs at once; manage.py retryjobs and prunejobs take any number.")
        self.message_user(request, text % {"count": AT_ONCE}, messages.ERROR)
        return ()

    # -- Addresses of our own: files to listen to, and the buttons of a job's page

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:pk>/files/<str:kind>", wrap(self.file_view, cacheable=True), name="jobs_job_file"),
            path("<uuid:pk>/retry/", wrap(self.button_view), {"button": self.retry}, name="jobs_job_retry"),
            path("<uuid:pk>/cancel/", wrap(self.button_view), {"button": self.cancel}, name="jobs_job_cancel"),
            *super().get_urls(),
        ]

    def file_view(self, request: HttpRequest, pk: UUID, kind: str) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = Job.objects.filter(pk=pk).first()
        if job is None:
            raise Http404
        return deliver(request, job, kind)

    def button_view(self, request: HttpRequest, pk: UUID, button: Callable[..., None]) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_operate_permission(request):
            raise PermissionDenied
        button(request, Job.objects.filter(pk=pk))
        return HttpResponseRedirect(_to("change", pk))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        buttons = {}
        job = self.get_object(request, object_id)
        if job and self.has_operate_permission(request):
            if not job.is_finished:
                buttons[_to("cancel", job.pk)] = _("Cancel")
            elif job.error_retryable:
                buttons[_to("retry", job.pk)] = _("Retry")
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "buttons": buttons})


@admin.register(WorkerHost)
class WorkerHostAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("host", "pid", "lane", "size", "up", "seen", "alive")
    list_display_links = None
    ordering = ("-seen_at",)

    @admin.display(description=_("up for"))
    def up(self, host: WorkerHost) -> str:
        return in_words(host.seen_at - host.started_at)

    @admin.display(description=_("last heard of"), ordering="seen_at")
    def seen(self, host: WorkerHost) -> SafeString:
        return ago(host.seen_at)

    @admin.display(description=_("alive"), boolean=True)
    def alive(self, host: WorkerHost) -> bool:
        return timezone.now() - host.seen_at < SILENT


def ago(moment: datetime) -> SafeString:
    """How long ago ``moment`` was, as HTML; the exact time is in the tooltip."""
    words = _("%(span)s ago") % {"span": in_words(timezone.now() - moment)}
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), _exact(moment), words)


def _when(moment: datetime | None) -> SafeString | str:
    """The exact time, and how long ago that is."""
    return format_html("{} ({})", _exact(moment), ago(moment)) if moment else "–"


def _exact(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i:s e")


def _json(value: Any) -> SafeString | str:
    return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=1)) if value else "–"


def _to(page: str, *args: Any) -> str:
    return reverse(f"admin:jobs_job_{page}", args=args)
