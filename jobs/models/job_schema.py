"""What the database itself holds of jobs: the shape of each state as check constraints, and the indexes.

An index holds only the rows that have its value, since whatever a new job is entered into costs its order.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

IN_LIBRARY = Q(deleted_at__isnull=True, export_of__isnull=True)

CONSTRAINTS = [
    # Each of the rows alone that have it: whatever a new job is entered into costs its order.
    models.UniqueConstraint(
        fields=("owner", "idempotency_key"),
        name="job_idempotency",
        condition=Q(idempotency_key__isnull=False),
    ),
    models.UniqueConstraint(
        fields=("share_token",), name="job_shared", condition=Q(share_token__isnull=False)
    ),
    models.UniqueConstraint(
        fields=("export_of", "export_as"), name="job_export", condition=Q(export_of__isnull=False)
    ),
    models.CheckConstraint(
        name="job_pending",
        condition=~Q(state="pending")
        | Q(lease_until=None, finished_at=None, result_url="", error_code=""),
    ),
    models.CheckConstraint(
        name="job_processing",
        condition=~Q(state="processing")
        | Q(
            lease_until__isnull=False, lease_pid__isnull=False, started_at__isnull=False, attempt__gte=1,
            finished_at=None, not_before=None, result_url="", error_code="",
        ),
    ),
    models.CheckConstraint(
        name="job_done",
        condition=~Q(state="done")
        | (Q(lease_until=None, finished_at__isnull=False, error_code="", not_before=None) & ~Q(result_url="")),
    ),
    models.CheckConstraint(
        name="job_error",
        condition=~Q(state="error")
        | (Q(lease_until=None, finished_at__isnull=False, result_url="", not_before=None) & ~Q(error_code="")),
    ),
    models.CheckConstraint(name="job_state", condition=Q(state__in=["pending", "processing", "done", "error"])),
    models.CheckConstraint(
        name="job_deleted", condition=Q(deleted_at=None) | Q(finished_at__isnull=False, idempotency_key=None)
    ),
    models.CheckConstraint(
        name="job_exports",
        condition=Q(export_of=None, export_as="") | (Q(export_of__isnull=False) & ~Q(export_as="")),
    ),
    models.CheckConstraint(name="job_progress", condition=Q(progress=None) | Q(progress__lte=100)),
]  # fmt: skip

INDEXES = [
    models.Index(
        fields=("lane", "turn", "created_at", "state", "not_before"),  # the last two: SQLite counts in it alone
        name="job_claim",
        condition=Q(state="pending", not_before__isnull=True),
    ),
    models.Index(
        fields=("lane", "created_at"),
        name="job_oldest",
        condition=Q(state="pending", not_before__isnull=True),
    ),
    models.Index(fields=("not_before",), name="job_backoff", condition=Q(not_before__isnull=False)),
    models.Index(fields=("lane", "turn"), name="job_serving", condition=Q(started_at__isnull=False)),
    models.Index(fields=("owner", "lane", "turn"), name="job_own_turn"),
    models.Index(
        fields=("owner", "created_at", "finished_at"),  # the last: SQLite counts in it alone
        name="job_active",
        condition=Q(finished_at__isnull=True),
    ),
    models.Index(fields=("owner", "finished_at"), name="job_ended", condition=Q(finished_at__isnull=False)),
    *(
        models.Index(fields=("owner", *fields, "id"), name=f"job_library_{name}", condition=IN_LIBRARY & where)
        for name, fields, where in (
            ("date", ("created_at",), Q()),
            ("title", ("title",), Q()),
            ("length", ("duration",), Q(state="done")),
            ("style", ("style", "created_at"), Q()),
            ("heart", ("created_at",), Q(favourite=True)),
            ("error", ("created_at",), Q(state="error")),
        )
    ),
    models.Index(fields=("owner", "deleted_at"), name="job_bin", condition=Q(deleted_at__isnull=False)),
    models.Index(fields=("deleted_at",), name="job_purge", condition=Q(deleted_at__isnull=False)),
    models.Index(fields=("owner", "size"), name="job_storage", condition=Q(size__gt=0)),
    # Version 0.1.0 asks for it; it goes when none of that runs any more.
    models.Index(fields=("owner", "size"), name="job_size", condition=Q(deleted_at__isnull=True, size__gt=0)),
    models.Index(fields=("variation_of",), name="job_variations", condition=Q(variation_of__isnull=False)),
    models.Index(fields=("created_at", "id"), name="job_newest"),
    models.Index(fields=("lease_until",), name="job_lease", condition=Q(lease_until__isnull=False)),
    models.Index(fields=("generator", "finished_at"), name="job_rate", condition=Q(state="done")),
]
