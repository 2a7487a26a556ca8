from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class AdminSite(admin.AdminSite):
    site_header = "Musicsite"
    site_title = "Musicsite"
    index_title = _("Operations")
    enable_nav_sidebar = False  # its width serves the job list better
