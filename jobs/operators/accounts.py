"""Accounts and invitations in the admin: whoever deletes an account sees how much goes with it, not every piece."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.accounts import invitations
from jobs.accounts.links import absolute
from jobs.models import Invitation, Job

admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]
    """Deactivating an account or deleting it stops its jobs: see ``jobs.accounts``."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Names are kept in NFKC; SQLite's own search knows the case of Latin letters only."""
        term = unicodedata.normalize("NFKC", search_term)
        users, may_repeat = super().get_search_results(request, queryset, term)
        for other_case in {term.lower(), term.upper(), term.title()} - {term}:
            users |= super().get_search_results(request, queryset, other_case)[0]
        return users, may_repeat

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        users = list(objs)
        jobs = Job.objects.filter(owner__in=users).count()
        name, plural = capfirst(self.opts.verbose_name), str(self.opts.verbose_name_plural)
        deleted = [f"{name}: {user}" for user in users]
        missing = {str(Job._meta.verbose_name)} if jobs and not request.user.has_perm("jobs.delete_job") else set()
        return [*deleted, _("%(count)d jobs with their tracks") % {"count": jobs}], {plural: len(users)}, missing, []


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    days = forms.IntegerField(label=gettext_lazy("Good for days"), min_value=1, max_value=365, initial=14)

    class Meta:
        model = Invitation
        fields = ("note",)


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Invitations are made and withdrawn, never changed; the link of one is shown once, when it is made."""

    form = InvitationForm
    list_display = ("__str__", "condition", "created_at", "created_by", "expires_at", "used_at", "used_by")
    list_select_related = ("created_by", "used_by")
    search_fields = ("note",)
    ordering = ("-created_at",)
    empty_value_display = "–"

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        return ("note", "days") if obj is None else self.list_display[1:]

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        return () if obj is None else self.list_display[1:]

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Invitation, form: InvitationForm, change: bool) -> None:
        token = invitations.invite(obj, cast(User, request.user), form.cleaned_data["days"])
        link = absolute(request, f"{reverse('signup')}?{urlencode({'invitation': token})}")
        text = _("Give this link to whom you invite. It is shown only now:")
        self.message_user(request, format_html("{} <code>{}</code>", text, link), messages.WARNING)
        if settings.SIGNUP != "invite":
            text = _("At the moment MUSICSITE_SIGNUP is “%(value)s”, so that the invitation changes nothing.")
            self.message_user(request, text % {"value": settings.SIGNUP}, messages.WARNING)

    @admin.display(description=gettext_lazy("state"))
    def condition(self, invitation: Invitation) -> str:
        if invitation.used_at:
            return _("Used")
        return _("Too old") if invitation.expires_at <= timezone.now() else _("Not used yet")
