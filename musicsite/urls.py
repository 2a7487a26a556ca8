from django.contrib import admin
from django.urls import include, path

from jobs.api.calls import api
from jobs.pages.views.errors import bad_request, forbidden, not_found, server_error

urlpatterns = [
    path("api/", api.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include("jobs.urls")),
    path("accounts/", include("django.contrib.auth.urls")),  # but for those of them that are ours
]

handler400 = bad_request
handler403 = forbidden
handler404 = not_found
handler500 = server_error
