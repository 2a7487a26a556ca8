from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, QueryDict
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

from jobs.models.text import unprintable


class AdminSite(admin.AdminSite):
    site_header = "Musicsite"
    site_title = "Musicsite"
    index_title = _("Operations")
    enable_nav_sidebar = False  # its width serves the job list better

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "site_version": settings.VERSION}

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """No filter asks the database for what no text has: such values of an address are left out."""

        @wraps(view)
        def cleaned(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if any(unprintable(text) for name, values in request.GET.lists() for text in (name, *values)):
                request.GET = _printable(request.GET)  # type: ignore[assignment]
            return view(request, *args, **kwargs)

        return super().admin_view(cleaned, cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from jobs.operators.dashboard import dashboard  # needs the models

        return [path("dashboard/", self.admin_view(dashboard), name="dashboard"), *super().get_urls()]


def _printable(query: QueryDict) -> QueryDict:
    kept = QueryDict(mutable=True)
    for name, values in query.lists():
        texts = [text for text in values if not unprintable(text)]
        if texts and not unprintable(name):
            kept.setlist(name, texts)
    return kept
