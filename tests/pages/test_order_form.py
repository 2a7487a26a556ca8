"""The form that orders music, as a browser without scripts sends it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from jobs.queue import orders
from tests.making import made, text_of

Order = Callable[..., Job]


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


def test_an_order_makes_one_job_however_often_the_form_is_sent(mina: Client, user: User, dummy: Any) -> None:
    dummy()
    key = mina.get("/music/").context["form"]["idempotency"].value()
    data = {"prompt": "calm piano", "tempo": "80", "moods": ["calm"], "idempotency": key}
    for _ in range(3):
        response = post(mina, "/music/", **data)
        assert response.headers["Location"] == "/music/?watch=1"
    job = Job.objects.get()
    assert (job.owner, job.prompt, job.options) == (user, "calm piano", {"tempo": 80, "moods": ["calm"]})
    post(mina, "/music/", **{**data, "prompt": "wild drums"})
    assert Job.objects.count() == 2
    page = mina.get("/music/?watch=1")
    assert '<meta http-equiv="refresh" content="3">' in page.content.decode()
    assert "calm piano" in text_of(page)


def test_a_wrong_order_says_so_beside_the_field_and_keeps_the_words(mina: Client, dummy: Any) -> None:
    dummy()
    response = post(mina, "/music/", prompt="calm piano", tempo="9999", idempotency="k")
    html = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_tempo_error"' in html
    assert re.search(r'<input[^>]+name="tempo"[^>]+aria-invalid="true"', html)
    assert ">calm piano</textarea>" in html.replace("\n", "")
    assert '<details class="tuning" open>' in html
    assert not Job.objects.exists()


@pytest.mark.parametrize("words", ["", "   ", "가" * 10_000, "\x00", "x" * 20_000])
def test_bad_words_are_refused_in_words(mina: Client, dummy: Any, words: str) -> None:
    dummy()
    response = post(mina, "/music/", prompt=words)
    assert response.status_code == 422
    assert 'id="id_prompt_error"' in response.content.decode()


def test_an_option_that_only_the_composer_refuses_is_an_error_of_its_field(
    mina: Client, dummy: Any, monkeypatch: Any
) -> None:
    dummy()

    def refuse(*args: Any, **options: Any) -> None:
        raise ValueError("metre: not in this style")

    monkeypatch.setattr(orders, "submit", refuse)
    response = post(mina, "/music/", prompt="calm piano")
    assert response.context["form"].errors == {"metre": ["not in this style"]}


def test_a_limit_is_told_above_the_form(mina: Client, order: Order, settings: Any) -> None:
    order()
    settings.LIMIT_ACTIVE = 1
    response = post(mina, "/music/", prompt="one more")
    assert response.status_code == 422
    assert "being made for you already" in text_of(response)
    assert Job.objects.count() == 1


def test_markup_in_words_is_shown_as_it_was_written(mina: Client, order: Order) -> None:
    job = order("<script>alert(1)</script>")
    for path in ("/music/", "/library/", f"/tracks/{job.pk}/", "/music/?prompt=<script>alert(1)</script>"):
        assert "<script>alert" not in mina.get(path).content.decode()


def test_another_like_it_is_prefilled_without_its_seed(mina: Client, order: Order) -> None:
    job = made(order("calm piano", style="jazz", moods=["sad", "calm"], seed=7, tempo=120))
    link = re.search(r'href="(/music/\?[^"]+)"', mina.get(f"/tracks/{job.pk}/").content.decode())
    assert link
    form = mina.get(link[1].replace("&amp;", "&")).context["form"]
    assert [form[name].value() for name in ("prompt", "style", "moods", "tempo", "seed")] == [
        "calm piano", "jazz", ["sad", "calm"], "120", None,
    ]  # fmt: skip


def test_no_class_of_a_chip_is_styled_for_something_else() -> None:
    """A rule of its own for what is “chosen” or “heard” elsewhere would be one for every such chip."""
    styles = Path(settings.BASE_DIR, "static/pages/css").glob("*.css")
    alone = re.compile(r"^\s*\.(?:set|heard|tune|chosen)[\s{>:,]", re.MULTILINE)
    assert {style.name: found for style in styles if (found := alone.findall(style.read_text()))} == {}
