"""Deliveries of webhooks in the admin: what became of each, and sending it again."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Delivery
from jobs.operators.admin import ReadOnly
from jobs.operators.filters import CappedPaginator


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("__str__", "state", "owner", "tries", "status", "problem", "created_at", "due_at")
    list_filter = ("state", "event")
    list_select_related = ("owner",)
    search_fields = ("host", "owner__username", "job_id")
    ordering = ("-created_at",)
    paginator = CappedPaginator
    show_full_result_count = False
    empty_value_display = "–"
    actions = ("replay",)
    fields = (
        "id", "event", "state", "owner", "token", "job_id", "url", "tries", "status", "problem", "created_at", "due_at",
        "ended_at", "body",
    )  # fmt: skip

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.change_delivery")

    @admin.action(permissions=["operate"], description=gettext_lazy("Send the selected webhooks again"))
    def replay(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        chosen = Delivery.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)[:1000]))
        count = chosen.replay()
        self.log_actions(request, chosen)
        self.message_user(request, _("They are sent again: %(count)d.") % {"count": count})

    def log_actions(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        """Each in the admin's log."""
        for delivery in deliveries:
            self.log_change(request, delivery, "Sent again.")
