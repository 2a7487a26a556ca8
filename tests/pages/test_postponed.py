"""What somebody does when their session is over: they log in, come to the page of it, and are offered it again."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve

from jobs.models import Job
from jobs.models.session import end_sessions_of
from jobs.pages import postponed
from jobs.queue import transitions
from tests.making import made, take, text_of

Order = Callable[..., Job]

LIBRARY = {"referer": "http://testserver/library/?q=calm"}
NOTHING = "You had been signed out, so"
ACTIONS: dict[str, dict[str, Any]] = {
    "retry": {}, "cancel": {}, "delete": {}, "restore": {}, "purge": {}, "rename": {"title": "Night Train"},
    "favourite": {"favourite": "1"}, "share": {}, "unshare": {}, "vary": {"change": "seed"},
    "export": {"format": "wav"}, "dismiss": {},
}  # fmt: skip
ONLY_TOLD = ("purge", "dismiss")  # not offered: one cannot be taken back, the other is not worth it


def job_for(action: str, order: Order) -> Job:
    job = order()
    if action == "cancel":
        return job
    if action == "retry":
        take().fail("overloaded", "Too much to do.")
        return job
    made(job)
    if action in ("restore", "purge"):
        transitions.delete(job)
    if action == "unshare":
        Job.objects.filter(pk=job.pk).update(share_token="t" * 32)
    return job


def log_in(client: Client, path: str, name: str = "mina") -> Any:
    """By the form at ``path``, as a browser sends it; the page that comes then."""
    onward = parse_qs(urlsplit(path).query).get("next", [""])[0]
    data = {"username": name, "password": "correct horse 9", "next": onward}
    return client.post(path, data, follow=True)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("headers", [{}, LIBRARY], ids=["page unknown", "library"])
def test_an_action_leads_through_the_log_in_to_its_page(
    mina: Client, user: User, order: Order, action: str, headers: dict[str, str]
) -> None:
    job = job_for(action, order)
    end_sessions_of(user)
    before = list(Job.objects.values())
    response = mina.post(f"/tracks/{job.pk}/{action}", ACTIONS[action], headers=headers)
    assert response.headers["Location"].startswith("/accounts/login/?next=")
    assert list(Job.objects.values()) == before
    page = log_in(mina, response.headers["Location"])
    assert page.status_code == 200
    home = "/library/" if action in ("restore", "purge") else f"/tracks/{job.pk}/"
    assert page.redirect_chain[-1][0] == ("/library/?q=calm" if headers else home)
    assert f"{NOTHING} “{job.title}” was left as it was." in text_of(page)
    offered = page.content.decode().count(f'action="/tracks/{job.pk}/{action}"')
    if action in ONLY_TOLD:
        assert 'class="message warning"' in page.content.decode()
    else:
        assert offered
        form = re.search(
            rf'<form method="post" action="/tracks/{job.pk}/{action}">.*?</form>', page.content.decode(), re.S
        )
        assert form
        assert (
            dict(re.findall(r'name="(\w+)" value="([^"]*)">', form[0].partition("csrf")[2].partition(">")[2]))
            == ACTIONS[action]
        )
        assert mina.post(f"/tracks/{job.pk}/{action}", ACTIONS[action]).status_code == 302
        assert list(Job.objects.values()) != before
    assert NOTHING not in text_of(mina.get("/library/")), "it is said once"


def test_everything_of_it_is_only_told(mina: Client, user: User, order: Order) -> None:
    job = order()
    end_sessions_of(user)
    response = mina.post("/tracks/cancel", headers=LIBRARY)
    page = log_in(mina, response.headers["Location"])
    assert page.redirect_chain[-1][0] == "/library/?q=calm"
    assert f"{NOTHING} nothing was done." in text_of(page)
    job.refresh_from_db()
    assert not job.is_finished


def test_the_words_of_an_order_come_along(mina: Client, user: User) -> None:
    end_sessions_of(user)
    data = {
        "prompt": "잔잔한 피아노",
        "moods": ["calm", "sad"],
        "tempo": "80",
        "style": "",
        "idempotency": "x",
        "draw": "7",
    }
    response = mina.post("/music/", data)
    page = log_in(mina, response.headers["Location"])
    assert page.redirect_chain[-1][0].startswith("/music/?")
    form = page.context["form"]
    assert [form[name].value() for name in ("prompt", "moods", "tempo")] == ["잔잔한 피아노", ["calm", "sad"], "80"]
    assert form["idempotency"].value() != "x"
    assert f"{NOTHING} nothing was done." in text_of(page)
    assert not Job.objects.exists()


def test_words_that_no_address_holds_stay_out_of_it(mina: Client, user: User) -> None:
    end_sessions_of(user)
    response = mina.post("/music/", {"prompt": "피아노" * 400})
    assert response.headers["Location"] == "/accounts/login/?next=/music/"
    assert log_in(mina, response.headers["Location"]).status_code == 200


def test_whoever_else_logs_in_learns_nothing(mina: Client, user: User, other: User, order: Order) -> None:
    job = made(order())
    end_sessions_of(user)
    response = mina.post(f"/tracks/{job.pk}/rename", {"title": "Secret"}, headers=LIBRARY)
    page = log_in(mina, response.headers["Location"], "omar")
    assert (page.status_code, NOTHING in text_of(page)) == (200, False)
    for secret in ("Secret", job.title, str(job.pk)):
        assert secret not in page.content.decode()


@pytest.mark.parametrize("cookie", ["", "x", "a:b:c", "eyJwYXRoIjoiLyJ9:1tx:x"])
def test_a_cookie_that_is_not_ours_is_nothing(client: Client, user: User, cookie: str) -> None:
    client.cookies[postponed.COOKIE] = cookie
    page = log_in(client, "/accounts/login/")
    assert (page.status_code, NOTHING in text_of(page)) == (200, False)


def test_what_is_too_long_is_only_told(mina: Client, user: User, order: Order) -> None:
    job = made(order())
    end_sessions_of(user)
    noise = "".join(chr(0xAC00 + n * 7 % 11000) for n in range(3000))
    response = mina.post(f"/tracks/{job.pk}/rename", {"title": noise})
    assert len(mina.cookies[postponed.COOKIE].value) <= postponed.LONGEST
    page = log_in(mina, response.headers["Location"])
    assert f"{NOTHING} “{job.title}”" in text_of(page)
    assert noise[:20] not in page.content.decode()


def test_nobody_unknown_writes_into_the_database(client: Client, order: Order, django_assert_num_queries: Any) -> None:
    job = order()
    with django_assert_num_queries(0):
        assert client.post(f"/tracks/{job.pk}/cancel").status_code == 302


@pytest.mark.parametrize("action", [*ACTIONS, "../cancel"])
def test_an_address_of_an_action_is_no_bare_error(mina: Client, order: Order, action: str) -> None:
    job = made(order())
    path = "/tracks/cancel" if action == "../cancel" else f"/tracks/{job.pk}/{action}"
    response = mina.get(path)
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "Nothing was done" in text_of(response)
    home = {"page_of_action": ""} | vars(resolve(path).func)
    assert (
        'href="/library/"' if home["page_of_action"] == "library" else f'href="/tracks/{job.pk}/"'
    ) in response.content.decode()


def test_what_is_wrong_with_a_form_leads_nowhere_bare(mina: Client, order: Order) -> None:
    """It is shown at the address of the action, from which one goes on: to another language, to another action."""
    job = made(order())
    wrong = mina.post(f"/tracks/{job.pk}/rename", {"title": " "})
    assert wrong.status_code == 422
    assert f'name="next" value="/tracks/{job.pk}/"' in wrong.content.decode()
    back = mina.post(f"/tracks/{job.pk}/favourite", headers={"referer": f"http://testserver/tracks/{job.pk}/rename"})
    assert back.headers["Location"] == f"/tracks/{job.pk}/"
    assert 'name="next" value="/music/"' in mina.post("/music/understood", {"prompt": "jazz"}).content.decode()


def test_a_script_is_told_by_a_status(mina: Client, user: User, order: Order) -> None:
    job, quiet = made(order()), {"X-Quiet": "1"}
    assert mina.post(f"/tracks/{job.pk}/favourite", {"favourite": "1"}, headers=quiet).status_code == 204
    assert mina.post(f"/tracks/{job.pk}/cancel", headers=quiet).status_code == 409
    end_sessions_of(user)
    assert mina.post(f"/tracks/{job.pk}/favourite", {"favourite": "0"}, headers=quiet).status_code == 401
    job.refresh_from_db()
    assert job.favourite
