"""Values that nothing has read before the database driver does: each answers as any wrong value does."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from tests.api.browser import Browser
from tests.sweeps import sampled

pytestmark = pytest.mark.django_db
TOKEN = "x" * 32
RAW = ("\x00", "a\ud800b")
WORDS = [*RAW, "x" * 31 + "\x00"]


def in_query(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


def in_cookie(text: str) -> str:
    """As servers hand it on: bytes as Latin-1, control characters in octal."""
    octal = "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "surrogatepass"))
    return f'"{octal}"'


ADDRESSES = [
    "/library/?q={}", "/library/?show={}", "/library/?style={}", "/library/?sort={}", "/library/?when={}",
    "/library/?after={}", "/library/?view={}", "/music/?prompt={}", "/music/?style={}", "/music/?instruments={}",
    "/music/?key={}", "/accounts/login/?next={}", "/api/music?cursor={}", "/api/music?limit={}",
    "/api/music/active?since={}",
    "/shared/{}/", "/shared/{}/audio", "/api/music/{}/status", "/tracks/{}/", "/{}", "/static/{}", "/api/{}",
    "/accounts/reset/{}/x-y/", "/accounts/reset/MQ/{}/", "/admin/jobs/job/{}/change/", "/admin/auth/user/{}/change/",
    "/admin/auth/user/{}/password/", "/admin/auth/group/{}/history/", "/admin/jobs/job/{}/history/",
    "/admin/auth/user/{}/delete/", "/admin/r/{}/1/", "/admin/r/1/{}/", "/admin/{}/",
    "/admin/dashboard/?range={}", "/admin/jobs/job/?q={}", "/admin/jobs/job/?state={}", "/admin/jobs/job/?generator={}",
    "/admin/jobs/job/?host={}", "/admin/jobs/job/?age={}", "/admin/jobs/job/?p={}", "/admin/jobs/job/?o={}",
    "/admin/jobs/job/?owner__id__exact={}", "/admin/jobs/job/?title={}", "/admin/jobs/job/?prompt__contains={}",
    "/admin/jobs/job/?id={}", "/admin/jobs/job/?{}=1", "/admin/jobs/job/?options__x={}", "/admin/jobs/job/?lane__in={}",
    "/admin/auth/user/?username={}", "/admin/auth/user/?q={}", "/admin/auth/user/?id={}", "/admin/auth/user/?{}=1",
    "/admin/auth/user/?groups__id__exact={}", "/admin/auth/group/?name__iregex={}", "/admin/auth/user/?email__in={}",
    "/admin/jobs/workerhost/?host={}", "/admin/jsi18n/?x={}", "/admin/auth/user/add/?username={}",
    "/admin/auth/user/?_to_field={}", "/admin/auth/user/?_popup={}", "/admin/jobs/job/?_facets={}",
    "/admin/autocomplete/?term={}", "/i18n/{}",
]  # fmt: skip


ODD = ["9" * 25, "-1", "nan", "0x1", "9" * 5000, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x/../y"]
LOOK_UPS = [
    "job/?created_at__year={}", "job/?created_at__gte={}", "job/?finished_at__date__year={}", "job/?id__in={}",
    "job/?owner__id__exact={}", "job/?seed__gte={}", "job/?duration={}", "job/?options__x__y={}",
    "job/?prompt__regex=({}", "job/?owner__password__startswith={}", "user/?date_joined__year={}", "user/?id__gt={}",
    "user/?date_joined__date={}", "user/?groups__id__exact={}", "user/?is_staff__exact={}",
    "user/?username__iregex=[{}",
]  # fmt: skip


def quarters(values: list[str]) -> list[Any]:
    return sampled([values[first::4] for first in range(4)])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("addresses", quarters(ADDRESSES))
def test_an_address_is_no_error(addresses: list[str], admin_user: User) -> None:
    client = Client()
    client.force_login(admin_user)
    for address in addresses:
        for text in RAW:
            response = client.get(address.format(in_query(text)))
            assert response.status_code < 500, (address, text)


COUNTED = [
    *(address for address in ADDRESSES if "admin" in address or "after" in address or "cursor" in address),
    *(f"/admin/{'jobs' if name.startswith('job') else 'auth'}/{name}" for name in LOOK_UPS),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("addresses", quarters(COUNTED))
def test_an_odd_number_or_date_is_no_error(addresses: list[str], admin_user: User) -> None:
    client = Client()
    client.force_login(admin_user)
    for address in addresses:
        for text in ODD:
            response = client.get(address.format(in_query(text)))
            assert response.status_code < 500, (address, text)


@pytest.mark.parametrize("zone", sampled(["+14:00", "-14:00", "Z", "+00:00:30"], 2))
@pytest.mark.parametrize("time", ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", "0001-01-01T00:00:05"])
def test_a_cursor_at_the_ends_of_time_is_no_error(time: str, zone: str, mina: Client, order: Any) -> None:
    order()
    pk = "0" * 32
    for field in ("created_at", "deleted_at"):
        cursor = base64.urlsafe_b64encode(json.dumps([field, time + zone, pk]).encode()).decode().rstrip("=")
        for side in ("after", "before"):
            shelf = "bin" if field == "deleted_at" else ""
            assert mina.get(f"/library/?{side}={cursor}&show={shelf}").status_code == 200
    cursor = base64.urlsafe_b64encode(f"{time}{zone} {pk}".encode()).decode()
    assert mina.get(f"/api/music?cursor={cursor}").status_code in (200, 400)
    browser = Browser()
    browser.cookies = mina.cookies
    for client in (mina, browser):
        assert client.get(f"/api/music/active?since={quote(time + zone)}").status_code in (200, 400)


def test_a_referer_that_is_no_address_leads_home(mina: Client) -> None:
    assert mina.post("/theme", {"theme": "dark"}, headers={"referer": "a b"})["Location"] == "/"


COOKIES = ("sessionid", "XSRF-TOKEN", "django_language", "theme", "messages")


@pytest.mark.parametrize("name", sampled(COOKIES, 3))
def test_a_cookie_is_no_error(name: str, user: User) -> None:
    for text in WORDS:
        for value in (in_cookie(text), text.encode("utf-8", "surrogatepass").decode("latin-1")):
            for path in ("/", "/music/", "/api/music/active", f"/api/music/{'0' * 8}-0000-0000-0000-{'0' * 12}/status"):
                browser = Browser()
                browser.force_login(user)
                others = "; ".join(f"{c.key}={c.value}" for c in browser.cookies.values() if c.key != name)
                browser.cookies.clear()
                response = browser.get(path, HTTP_COOKIE=f"{others}; {name}={value}")
                assert response.status_code < 500, (path, value)
                if name == "sessionid":
                    assert response.status_code == {"/": 200, "/music/": 302}.get(path, 401)


def test_a_session_cookie_is_no_error_where_something_is_sent() -> None:
    for text in WORDS:
        headers = {"HTTP_COOKIE": f"sessionid={in_cookie(text)}; XSRF-TOKEN={TOKEN}", "HTTP_X_XSRF_TOKEN": TOKEN}
        order = Browser().post("/api/music", {"prompt": "x"}, content_type="application/json", **headers)
        assert order.status_code == 401
        for path in ("/accounts/login/", "/accounts/signup/", "/accounts/logout/", "/i18n/setlang/", "/theme"):
            assert Browser().post(path, {"username": "x", "password": "y"}, **headers).status_code < 500


HEADERS = ("Idempotency-Key", "X-Request-ID", "Accept-Language", "If-None-Match", "X-XSRF-TOKEN", "Referer", "Origin",
           "X-Forwarded-For", "Range", "User-Agent")  # fmt: skip


@pytest.mark.parametrize("header", sampled(HEADERS, 3))
def test_a_header_is_no_error(header: str, user: User, dummy: Any) -> None:
    dummy()
    for text in (*WORDS, "é" * 255, "\x7f", "\x80"):
        for value in (text, text.encode("utf-8", "surrogatepass").decode("latin-1")):
            browser = Browser()
            browser.force_login(user)
            browser.cookies["XSRF-TOKEN"] = TOKEN
            headers = {"X-XSRF-TOKEN": TOKEN, header: value}
            for path, body in (("/api/music", {"prompt": "x"}), ("/api/music/active", None), ("/library/", None)):
                response = browser.ask(path, body, headers)
                assert response.status_code < 500, (path, value)


def test_a_key_that_no_text_may_be_is_refused(user: User, dummy: Any) -> None:
    dummy()
    for way in (Browser(), Client()):
        way.force_login(user)
        way.cookies["XSRF-TOKEN"] = TOKEN
        for key in ("a\x00b", "\ud800"):
            headers = {"X-XSRF-TOKEN": TOKEN, "Idempotency-Key": key}
            response = way.post("/api/music", {"prompt": "x"}, content_type="application/json", headers=headers)
            assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert not Job.objects.exists()


def bodies() -> Iterator[dict[str, Any]]:
    for text in WORDS:
        for name in ("prompt", "style", "key", "mode", "metre", "arc", "title", "generator"):
            yield {"prompt": "x", name: text}
        for name in ("moods", "instruments", "excluded", "formats"):
            yield {"prompt": "x", name: [text]}
        yield {"prompt": "x", text: 1}
        for name in ("seed", "tempo", "duration", "energy"):
            yield {"prompt": "x", name: text}
    for number in (10**30, -(10**30), 2**32, 1e308, -5e-324):
        for name in ("seed", "tempo", "duration", "energy"):
            yield {"prompt": "x", name: number}


def test_a_body_is_no_error(user: User, dummy: Any) -> None:
    dummy()
    browser = Browser()
    browser.force_login(user)
    browser.cookies["XSRF-TOKEN"] = TOKEN
    for body in bodies():
        response = browser.ask("/api/music", json.dumps(body), {"X-XSRF-TOKEN": TOKEN})
        assert response.status_code == 422, (body, response.status_code)
    for text in (
        '{"prompt": "x", "tempo": NaN}',
        '{"prompt": "x", "tempo": Infinity}',
        '{"prompt": "x", "seed": 1e400}',
    ):
        assert browser.ask("/api/music", text, {"X-XSRF-TOKEN": TOKEN}).status_code in (400, 422)


def test_a_variation_is_no_error(user: User, order: Any) -> None:
    browser = Browser()
    browser.force_login(user)
    browser.cookies["XSRF-TOKEN"] = TOKEN
    job = order()
    for body in bodies():
        changed = {"change": "settings", **{name: value for name, value in body.items() if name != "prompt"}}
        if len(changed) > 1:
            response = browser.ask(f"/api/music/{job.pk}/vary", json.dumps(changed), {"X-XSRF-TOKEN": TOKEN})
            assert response.status_code == 422, (changed, response.status_code)
    response = browser.ask(f"/api/music/{job.pk}/export", json.dumps({"format": "\ud800"}), {"X-XSRF-TOKEN": TOKEN})
    assert response.status_code == 422


FORMS = {
    "/accounts/login/": ("username", "password", "next"),
    "/accounts/signup/": ("username", "email", "password1", "password2", "next"),
    "/accounts/password_reset/": ("email",),
    "/i18n/setlang/": ("language", "next"),
    "/theme": ("theme",),
    "/music/": ("prompt", "style", "key", "instruments", "seed", "draw", "idempotency", "count"),
    "/music/understood": ("prompt", "style", "key", "instruments"),
    "/tracks/cancel": ("keep",),
    "/tracks/{}/rename": ("title",),
    "/tracks/{}/vary": ("change", "idempotency", "title"),
    "/tracks/{}/export": ("format",),
    "/admin/login/": ("username", "password", "next"),
    "/admin/jobs/job/": ("action", "_selected_action", "select_across"),
    "/admin/auth/user/add/": ("username",),
    "/admin/auth/user/": ("action", "_selected_action"),
}


@pytest.mark.parametrize("path", sampled(FORMS, 3))
def test_a_form_is_no_error(path: str, admin_user: User, order: Any) -> None:
    client = Client()
    client.force_login(admin_user)
    job = order(owner=admin_user)
    full = {"prompt": "x", "action": "retry", "_selected_action": str(job.pk), "username": "n", "password": "p"}
    for name in FORMS[path]:
        for text in (*WORDS, "9" * 25):
            body = "&".join(f"{key}={in_query(value)}" for key, value in {**full, name: text}.items())
            response = client.post(path.format(job.pk), body, content_type="application/x-www-form-urlencoded")
            assert response.status_code < 500, (name, text)
            client.force_login(admin_user)
