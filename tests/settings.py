"""The site's own settings in a throw-away data folder, with quick passwords and the dummy generator."""

import atexit
import os
import shutil
import tempfile

if "MUSICSITE_DATA_DIR" not in os.environ:
    os.environ["MUSICSITE_DATA_DIR"] = tempfile.mkdtemp(prefix="musicsite-test-")
    atexit.register(shutil.rmtree, os.environ["MUSICSITE_DATA_DIR"], ignore_errors=True)
os.environ["MUSICSITE_LOCAL"] = "1"
os.environ["MUSICSITE_ALLOW_DUMMY"] = "1"
os.environ["MUSICSITE_DUMMY"] = "seconds=0"
os.environ["MUSICSITE_LOG_LEVEL"] = "ERROR"

from musicsite.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False  # every client would look through all files; a live server finds them by itself
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
if DATABASES["default"]["ENGINE"] == "musicsite.sqlite":  # noqa: F405
    # A file, so that real workers and web servers can open it too.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # noqa: F405
