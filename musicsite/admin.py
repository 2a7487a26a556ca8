from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _


class AdminSite(admin.AdminSite):
    site_header = "Musicsite"
    site_title = "Musicsite"
    index_title = _("Operations")
    enable_nav_sidebar = False  # its width serves the job list better

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "site_version": settings.VERSION}

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from jobs.operators.dashboard import dashboard  # needs the models

        return [path("dashboard/", self.admin_view(dashboard), name="dashboard"), *super().get_urls()]
