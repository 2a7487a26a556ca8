import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from jobs.worker.processes import count_together

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "musicsite.settings")
count_together(os.getppid())  # unless the web server has seen to that

site = get_wsgi_application()

from django.conf import settings  # noqa: E402

from jobs.api.fast.door import Door  # noqa: E402 — it has models
from jobs.music.words.vocabulary import vocabulary  # noqa: E402
from musicsite.headers import security_headers  # noqa: E402

application = Door(site, security_headers) if settings.FAST_PATH else site

vocabulary(), get_resolver().url_patterns  # now: whoever comes first would wait for them
