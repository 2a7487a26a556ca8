import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])


def _takes_any_value(view: View) -> View:
    """The view, for which a value that no database takes is like any wrong one: an id, a number, a date, a text.

    Regular expressions are nothing that the admin offers; they may run for ever, and a wrong one fails.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            if not any(name.endswith("regex") for name in request.GET):
                return view(request, *args, **kwargs)
        except (DataError, OverflowError, ValidationError, ValueError) as error:
            if not request.POST and not set(request.GET) - {ERROR_FLAG}:
                if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
                    raise
                raise Http404 from error
            logger.warning("no answer to %s with these values: %s", request.path, error)
        return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")

    return cast("View", guarded)


class AdminSite(admin.AdminSite):
    site_header = "Musicsite"
    site_title = "Musicsite"
    index_title = _("Operations")
    enable_nav_sidebar = False  # its width serves the job list better

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "site_version": settings.VERSION}

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        return super().admin_view(_takes_any_value(view), cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from jobs.operators.dashboard import dashboard  # needs the models

        return [path("dashboard/", self.admin_view(dashboard), name="dashboard"), *super().get_urls()]
