"""Many at once: each order in its place, lists by what is looked for, deleting, and a zip."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job, Webhook
from tests.api.test_tokens import ask, token_of
from tests.making import finish, take

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]


@pytest.fixture(autouse=True)
def _dummy(dummy: Any) -> None:
    dummy()


def batch(client: Client, *orders: Any, **headers: str) -> Any:
    return client.post("/api/music/batch", {"orders": orders}, content_type="application/json", headers=headers)


def test_each_order_is_accepted_or_refused_in_its_place(mina: Client, settings: Any) -> None:
    settings.LIMIT_ACTIVE = 2
    orders = [{"prompt": "organ"}, {"prompt": ""}, {"prompt": "x", "style": "nope"}, {}, {"prompt": "harp", "seed": 5}]
    response = batch(mina, *orders, {"prompt": "one too many"})
    results = response.json()["results"]
    assert [result["status"] for result in results] == [202, 422, 422, 422, 202, 429]
    assert [result["job"] and result["job"]["prompt"] for result in results] == [
        "organ",
        None,
        None,
        None,
        "harp",
        None,
    ]
    problems = [result["problem"] for result in results]
    assert [one and one["code"] for one in problems] == [None, "invalid", "invalid", "invalid", None, "too_many_active"]
    assert [one["errors"][0]["field"] for one in problems[1:4]] == ["prompt", "style", "prompt"]
    assert set(Job.objects.values_list("prompt", flat=True)) == {"organ", "harp"}


def test_the_same_batch_gives_the_same_jobs(mina: Client) -> None:
    first, again = (batch(mina, {"prompt": "a"}, {"prompt": "b"}, **{"Idempotency-Key": "k"}).json() for _ in range(2))
    assert [one["job"]["jobId"] for one in first["results"]] == [one["job"]["jobId"] for one in again["results"]]
    other = batch(mina, {"prompt": "a"}, {"prompt": "c"}, **{"Idempotency-Key": "k"}).json()["results"]
    assert [result["status"] for result in other] == [202, 422]
    assert Job.objects.count() == 2


@pytest.mark.parametrize("orders", [[], [{"prompt": "x"}] * 51, ["x"], [None], "x"])
def test_what_is_no_batch_is_refused(mina: Client, orders: Any) -> None:
    response = mina.post("/api/music/batch", {"orders": orders}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert not Job.objects.exists()


def test_orders_of_a_batch_have_webhooks(user: User) -> None:
    orders = [{"prompt": "a", "webhook": "https://hooks.example/"}, {"prompt": "b", "webhook": "http://10.0.0.1/"}]
    response = ask(Client(), token_of(user), "POST", "/api/music/batch", {"orders": orders})
    assert [result["status"] for result in response.json()["results"]] == [202, 422]
    assert Webhook.objects.get().url == "https://hooks.example/"


def test_a_list_has_what_is_looked_for(mina: Client, order: Submit) -> None:
    finish(take()) if order("calm piano", style="jazz", title="Day") else None
    order("wild organ", title="Night Train")
    Job.objects.filter(state="done").update(favourite=True)

    def prompts(**wanted: Any) -> list[str]:
        return [item["prompt"] for item in mina.get("/api/music", wanted).json()["items"]]

    assert prompts() == ["wild organ", "calm piano"]
    assert prompts(state="done") == prompts(style="jazz") == prompts(favourite="true") == ["calm piano"]
    assert prompts(q="night") == prompts(q="ORGAN wild") == prompts(state="pending") == ["wild organ"]
    assert prompts(q="nothing") == prompts(q="organ", state="done") == []
    for wrong in ({"state": "x"}, {"q": "a\x00"}, {"q": "x" * 201}, {"favourite": "maybe"}):
        assert mina.get("/api/music", wrong).status_code == 422


def test_filters_go_with_the_cursor(mina: Client, order: Submit) -> None:
    for _ in range(3):
        order("organ")
        order("harp")
    page = mina.get("/api/music", {"q": "harp", "limit": 2}).json()
    rest = mina.get("/api/music", {"q": "harp", "limit": 2, "cursor": page["nextCursor"]}).json()
    assert [item["prompt"] for item in page["items"] + rest["items"]] == ["harp"] * 3
    assert rest["nextCursor"] is None


def test_many_are_deleted_at_once(mina: Client, order: Submit, other: User) -> None:
    done, waiting, theirs, unknown = order(), order(), order(owner=other), uuid.uuid4()
    finish(take())
    ids = [done.pk, waiting.pk, theirs.pk, unknown]
    response = mina.delete("/api/music?" + "&".join(f"id={pk}" for pk in ids))
    assert response.json() == {"deleted": [str(done.pk)], "kept": [str(pk) for pk in ids[1:]]}
    assert Job.objects.filter(deleted_at__isnull=False).get() == done


@pytest.mark.parametrize("query", ["", "?id=x", "?" + "&".join(f"id={uuid.uuid4()}" for _ in range(51))])
def test_which_is_to_be_said(mina: Client, query: str) -> None:
    assert mina.delete(f"/api/music{query}").status_code == 422
    assert mina.get(f"/api/music/archive{query}").status_code == 422


def test_many_are_downloaded_as_a_zip(mina: Client, order: Submit, other: User) -> None:
    mine = []
    for owner in (None, None, other):
        order(owner=owner)
        mine.append(finish(take()))
    waiting = order()
    ids = [job.pk for job in (*mine, waiting)]
    response = mina.get("/api/music/archive?" + "&".join(f"id={pk}" for pk in ids))
    assert response["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        assert archive.testzip() is None
        folders = {name.split("/")[1][-8:] for name in archive.namelist()}
        assert folders == {str(job.pk)[:8] for job in mine[:2]}
        assert sum(name.endswith("audio.wav") for name in archive.namelist()) == 2
