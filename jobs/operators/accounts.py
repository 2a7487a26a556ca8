"""Accounts in the admin: whoever deletes one sees how much goes with it, not every piece of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from jobs.models import Job

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
