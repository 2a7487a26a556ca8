import os

from django.core.wsgi import get_wsgi_application

from jobs.processes import FIGURES, shared_folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "musicsite.settings")
# Before anything imports prometheus_client: the processes of one web server count together.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(shared_folder(FIGURES)))

site = get_wsgi_application()

from jobs.shortcuts import shortcuts  # noqa: E402 — it has models

application = shortcuts(site)
