import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from jobs.processes import count_together

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "musicsite.settings")
count_together(os.getppid())  # unless the web server has seen to that

site = get_wsgi_application()

from jobs.music.words.vocabulary import vocabulary  # noqa: E402
from jobs.shortcuts import shortcuts  # noqa: E402 — it has models

application = shortcuts(site)

vocabulary(), get_resolver().url_patterns  # now: whoever comes first would wait for them
