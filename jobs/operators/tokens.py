"""Tokens in the admin: whose they are and when they were used, and revoking. Nobody can read one there."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Token
from jobs.operators.admin import ReadOnly


@admin.register(Token)
class TokenAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "condition", "owner", "scopes", "last_used_at", "expires_at", "created_at", "ending")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    ordering = ("-created_at",)
    empty_value_display = "–"
    actions = ("revoke",)
    fields = (*list_display, "webhook_url")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.change_token")

    @admin.display(description=gettext_lazy("state"))
    def condition(self, token: Token) -> str:
        if token.revoked_at:
            return _("Revoked")
        return _("Expired") if token.is_expired else _("Valid")

    @admin.action(permissions=["operate"], description=gettext_lazy("Revoke the selected tokens"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        for token in list(queryset.filter(revoked_at__isnull=True)):
            if Token.objects.filter(pk=token.pk).revoke():
                self.log_change(request, token, "Revoked.")
        self.message_user(request, _("They are revoked."))
