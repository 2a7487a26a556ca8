"""Headers of every answer, and pages that keep to their own policy."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from tests.security.urls import RULES, address, job_for
from tests.sweeps import sampled

pytestmark = pytest.mark.django_db
NO_INLINE = re.compile(r"unsafe-|\*|data:|blob:|https?:|nonce-")


class _Inline(HTMLParser):
    """What a strict policy would refuse."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        data = tag == "script" and given.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in given and not data):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        for name in ("src", "href", "action", "formaction"):
            if (given.get(name) or "").strip().lower().startswith(("javascript:", "data:", "http:", "//")):
                self.found.append(f"{tag} {name}={given[name]}")


FOR_OTHER_PAGES = ("shared/<slug:token>/player/", "shared/<slug:token>/card.png")  # that is what they are for


def is_guarded(response: Any, *, elsewhere: bool = False) -> None:
    """``elsewhere``: other sites may show it, as a picture or in a frame."""
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; ") if " " in part)
    assert policy["default-src"] == "'none'"
    in_frames = "'none'" if not elsewhere or "X-Frame-Options" in response.headers else "*"
    assert policy.get("frame-ancestors") == in_frames or "sandbox" in response["Content-Security-Policy"]
    assert not NO_INLINE.search(response["Content-Security-Policy"].removesuffix("frame-ancestors *"))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == ("cross-origin" if elsewhere else "same-origin")
    if "public" not in response["Cache-Control"]:
        assert elsewhere or response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        for feature in ("camera", "microphone", "geolocation", "payment"):
            assert f"{feature}=()" in response["Permissions-Policy"]


def is_private(response: Any) -> None:
    cached = response["Cache-Control"]
    assert "private" in cached
    assert "no-cache" in cached or "no-store" in cached


@pytest.mark.parametrize("quarter", sampled(range(4)))
def test_every_answer_is_guarded_and_private(
    clients: dict[str, Client], jobs: dict[str, Job], user: User, quarter: int
) -> None:
    ids = {"auth/user": user.pk}
    pages = 0
    for route in [route for method, route in RULES if method == "get"][quarter::4]:
        for who in ("anonymous", "owner", "staff"):
            response = clients[who].get(address(route, job_for(route, jobs), ids))
            is_guarded(response, elsewhere=route in FOR_OTHER_PAGES)
            is_private(response)
            if response.streaming:
                b"".join(response.streaming_content)
            elif response["Content-Type"].startswith("text/html") and response.content:
                assert _Inline(response.content.decode()).found == [], route
                pages += 1
    assert pages > 10


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/nothing", "/tracks/x", "/static/nothing.css", "/%00", "/api/%0d%0a"]
)
def test_errors_are_guarded_too(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    is_guarded(response)


def test_a_crash_is_guarded_too(mina: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    mina.raise_request_exception = False
    monkeypatch.setattr("jobs.pages.library.PER_PAGE", "x")
    response = mina.get("/library/")
    assert response.status_code == 500
    is_guarded(response)
    assert "Traceback" not in response.content.decode()


def test_static_files_are_guarded_and_for_everybody(client: Client, settings: Any) -> None:
    settings.WHITENOISE_USE_FINDERS = True
    response = client.get("/static/pages/css/base.css")
    assert response.status_code == 200
    is_guarded(response)
    assert "public" in response["Cache-Control"]
    response.close()


def test_no_script_of_ours_needs_what_the_policy_forbids() -> None:
    scripts = list((site_settings.BASE_DIR / "static").rglob("*.js"))
    assert scripts
    for path in scripts:
        text = path.read_text()
        assert not re.search(r"\beval\(|new Function\(|setTimeout\(\s*[\"'`]|document\.write", text), path
        assert not re.search(r"setAttribute\(\s*[\"']style|style\.cssText", text), path


def test_the_picture_of_a_piece_can_do_nothing(mina: Client, made: Any, settings: Any) -> None:
    job = made()
    name = f"tracks/{job.pk}/1/roll.svg"
    path = Path(settings.MEDIA_ROOT) / name
    path.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    Job.objects.filter(pk=job.pk).update(files={"roll": {"name": name, "type": "image/svg+xml", "size": 9}})
    response = mina.get(f"/tracks/{job.pk}/roll")
    b"".join(response.streaming_content)
    is_guarded(response)
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_cookies_are_kept_from_scripts_and_other_sites(settings: Any, user: User) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.LANGUAGE_COOKIE_SECURE = True
    client = Client()
    client.get("/accounts/login/", secure=True)
    client.post("/accounts/login/", {"username": "mina", "password": "correct horse 9"}, secure=True)
    client.post("/i18n/setlang/", {"language": "ko"}, secure=True)
    assert set(client.cookies) == {"sessionid", "XSRF-TOKEN", "django_language"}
    for name, cookie in client.cookies.items():
        assert (cookie["secure"], cookie["samesite"]) == (True, "Lax")
        assert bool(cookie["httponly"]) == (name != "XSRF-TOKEN")  # which axios has to read
