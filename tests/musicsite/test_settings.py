"""Settings are read at import, so each case is a process of its own."""

from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote

import pytest
from django.conf import settings

from tests.forking import manage
from tests.sweeps import sampled

PRODUCTION = {
    "MUSICSITE_SECRET_KEY": "k9$wq" * 12,
    "MUSICSITE_ALLOWED_HOSTS": "music.example.org",
    "MUSICSITE_URL": "https://music.example.org",
}


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    result = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (result.returncode, "no issues" in result.stdout) == (0, True), result.stderr


def test_a_production_site_is_reached_by_https_only(tmp_path: Path) -> None:
    code = """
from django.test import Client
client = Client(headers={"host": "music.example.org"})
for answer in (client.get("/api/music"), client.get("/api/music", secure=True)):
    print(answer.status_code, answer.get("Location"), answer.get("Strict-Transport-Security"))
"""
    result = manage(tmp_path, "shell", "--no-imports", "-c", code, **PRODUCTION)
    assert result.stdout.splitlines() == [
        "301 https://music.example.org/api/music None",
        "401 None max-age=31536000",
    ], result.stderr


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("off", "None"),
        ("host", "max-age=31536000"),
        ("subdomains", "max-age=31536000; includeSubDomains"),
        ("preload", "max-age=31536000; includeSubDomains; preload"),
    ],
)
def test_the_operator_says_how_far_https_goes(tmp_path: Path, value: str, header: str) -> None:
    code = """
from django.test import Client
from django.core.management import call_command
print(Client(headers={"host": "music.example.org"}).get("/api/music", secure=True).get("Strict-Transport-Security"))
call_command("check", "--deploy", "--fail-level", "WARNING")
"""
    result = manage(tmp_path, "shell", "--no-imports", "-c", code, **PRODUCTION, MUSICSITE_HSTS=value)
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, header), result.stderr


def test_two_sites_on_one_host_have_cookies_of_their_own(tmp_path: Path) -> None:
    code = """
from django.conf import settings
from jobs.pages import postponed, theme
print(*[getattr(settings, name) for name in dir(settings) if name.endswith("COOKIE_NAME")])
print(postponed.COOKIE, theme.COOKIE)
print(settings.MESSAGE_STORAGE.rsplit(".")[-1])
"""
    names = []
    for prefix in ("", "two-"):
        result = manage(
            tmp_path, "shell", "--no-imports", "-c", code, MUSICSITE_LOCAL="1", MUSICSITE_COOKIE_PREFIX=prefix
        )
        *cookies, messages = result.stdout.splitlines()
        assert messages == "SessionStorage", "it needs no cookie"
        names.append(set(" ".join(cookies).split()))
    assert names[0] == {"XSRF-TOKEN", "django_language", "sessionid", "theme", "postponed"}
    assert names[1] == {f"two-{name}" for name in names[0]}


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({}, "MUSICSITE_SECRET_KEY"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_WORKRES": "2"}, "did you mean MUSICSITE_WORKERS"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_WORKERS": "two"}, "MUSICSITE_WORKERS"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_WORKERS": "0"}, "MUSICSITE_WORKERS"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_LIMIT_JOBS": "many"}, "MUSICSITE_LIMIT_JOBS"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_METRICS_TOKEN": "short"}, "MUSICSITE_METRICS_TOKEN"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_LOG_FORMAT": "xml"}, "MUSICSITE_LOG_FORMAT"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_SIGNUP": "sometimes"}, "MUSICSITE_SIGNUP"),
        ({"MUSICSITE_LOCAL": "maybe"}, "MUSICSITE_LOCAL"),
        ({"MUSICSITE_LOCAL": "1", "PORT": "http"}, "PORT"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_HSTS": "all"}, "MUSICSITE_HSTS"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_COOKIE_PREFIX": "a b"}, "MUSICSITE_COOKIE_PREFIX"),
        ({**PRODUCTION, "MUSICSITE_SECRET_KEY": "development-abc"}, "development key"),
        ({**PRODUCTION, "MUSICSITE_URL": "https://music.example.org/"}, "MUSICSITE_URL"),
        ({**PRODUCTION, "MUSICSITE_URL": "http://music.example.org"}, "MUSICSITE_URL"),
        ({**PRODUCTION, "MUSICSITE_URL": "https://other.example.org"}, "MUSICSITE_ALLOWED_HOSTS"),
        ({**PRODUCTION, "MUSICSITE_ALLOWED_HOSTS": "https://music.example.org"}, "MUSICSITE_ALLOWED_HOSTS"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_MUSICGEN": "facebook/musicgen-small"}, "MUSICSITE_MUSICGEN"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_BACKENDS": "composer=studio.Bells"}, "MUSICSITE_BACKENDS"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_MUSICGEN": "model=x,lane=a b"}, "MUSICSITE_MUSICGEN"),
        ({"MUSICSITE_LOCAL": "1", "DATABASE_URL": "mysql://u:p@h/n"}, "DATABASE_URL"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_DATA_DIR": ""}, "MUSICSITE_DATA_DIR"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_DATA_DIR": "/dev/null/x"}, "MUSICSITE_DATA_DIR"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_LEASE_SECONDS": "nan"}, "MUSICSITE_LEASE_SECONDS"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_SOUNDFONT": "/no/such.sf2"}, "MUSICSITE_SOUNDFONT"),
        ({"MUSICSITE_LOCAL": "1", "MUSICSITE_S3_PUBLIC_ENDPOINT": "http://[x"}, "MUSICSITE_S3_PUBLIC_ENDPOINT"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, env: dict[str, str], named: str) -> None:
    result = manage(tmp_path, "check", **env)
    assert result.returncode != 0
    assert named in result.stderr
    assert "Traceback" not in result.stderr


def test_a_checkout_makes_its_own_secret_once(tmp_path: Path) -> None:
    for _ in range(2):
        assert manage(tmp_path, "check", MUSICSITE_LOCAL="1").returncode == 0
    (secret,) = tmp_path.glob("secret-key")
    assert secret.stat().st_mode & 0o077 == 0
    assert len(secret.read_text()) > 50


def test_the_dummy_needs_leave_in_production(tmp_path: Path) -> None:
    assert "jobs.E004" in manage(tmp_path, "check", MUSICSITE_DUMMY="seconds=1", **PRODUCTION).stderr


@pytest.mark.parametrize(("value", "door"), [("1", True), ("0", False)])
def test_the_short_way_is_switched_off_by_one_setting(tmp_path: Path, value: str, door: bool) -> None:
    code = "from musicsite.wsgi import application; print(type(application).__name__)"
    result = manage(tmp_path, "shell", "--no-imports", "-c", code, MUSICSITE_LOCAL="1", MUSICSITE_FAST_PATH=value)
    assert result.stdout.strip() == ("Door" if door else "WSGIHandler"), result.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    assert manage(tmp_path, "--version").stdout.startswith(f"Musicsite {settings.VERSION}, Django ")


@pytest.mark.parametrize("name", sampled(["a#b", "a?b", "a%41b", "a b", "비"], 3))
def test_a_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    env = {"MUSICSITE_LOCAL": "1", "MUSICSITE_DATA_DIR": str(folder), "DATABASE_URL": ""}
    result = manage(tmp_path, "migrate", "contenttypes", "-v", "0", **env)
    assert result.returncode == 0, result.stderr
    assert (folder / "db.sqlite3").exists()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_longest_prompt_fits_into_a_body(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)"
    for characters in (10, 2000, 100_000):
        env = {"MUSICSITE_LOCAL": "1", "MUSICSITE_MAX_PROMPT": str(characters)}
        result = manage(tmp_path, "shell", "--no-imports", "-c", code, **env)
        longest = len(quote(normalize("NFD", "각" * characters)))
        assert int(result.stdout) >= longest + 5000, "as a form sends it, with its other fields"
