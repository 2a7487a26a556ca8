"""Saved prompts: kept from the form with its settings, used again, renamed, deleted; their owner's alone."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.accounts import closing, data_export
from jobs.models import Job, SavedPrompt
from jobs.models.saved_prompt import MOST_SAVED
from tests.making import text_of

FORM = {
    "prompt": "calm  piano\nfor a rainy day",
    "duration": "45",
    "style": "jazz",
    "instruments": ["flute", "violin"],
    "seed": "7",
    "count": "2",
    "draw": "123456",
}


@pytest.fixture
def saved(mina: Client, dummy: Callable[..., None]) -> SavedPrompt:
    """Mina's, as the form sent it."""
    dummy()
    assert mina.post("/prompts/save", FORM).status_code == 302
    return SavedPrompt.objects.get()


def test_the_form_is_saved_with_what_was_set(mina: Client, saved: SavedPrompt) -> None:
    assert (saved.name, saved.prompt) == ("calm piano for a rainy day", "calm  piano\nfor a rainy day")
    assert saved.settings == {
        "duration": 45, "style": "jazz", "instruments": ["flute", "violin"], "seed": 7, "count": 2,
    }  # fmt: skip
    assert not Job.objects.exists(), "nothing is ordered"
    page = text_of(mina.get("/prompts/"))
    for words in ("Style Jazz", "Instruments Flute, Violin", "Seed 7", "How many 2"):
        assert words in page
    assert 'formaction="/prompts/save"' in mina.get("/music/").content.decode()


def test_it_fills_the_form_again(mina: Client, saved: SavedPrompt) -> None:
    page = mina.get(f"/music/?saved={saved.pk}").content.decode()
    assert "calm  piano\nfor a rainy day</textarea>" in page
    assert re.search(r'name="duration"[^>]*value="45"|value="45"[^>]*name="duration"', page)
    assert "value=jazz selected" in page.replace('"', "")
    for name in ("flute", "violin"):
        assert re.search(rf'value="{name}"[^>]*checked', page)
    assert re.search(r'name="count" value="2"[^>]*checked', page)
    assert mina.get("/music/?saved=x").status_code == 200


def test_it_gets_another_name_and_goes(mina: Client, saved: SavedPrompt) -> None:
    mina.post(f"/prompts/{saved.pk}/rename", {"name": "  비 오는   날 "})
    assert SavedPrompt.objects.get().name == "비 오는 날"
    answer = mina.post(f"/prompts/{saved.pk}/rename", {"name": " \u200b"}, follow=True)
    assert "A saved prompt needs a name." in text_of(answer)
    assert "“비 오는 날” was deleted." in text_of(mina.post(f"/prompts/{saved.pk}/delete", follow=True))
    assert not SavedPrompt.objects.exists()


def test_what_cannot_be_ordered_is_not_saved(mina: Client, dummy: Any) -> None:
    dummy()
    answer = mina.post("/prompts/save", {**FORM, "duration": "4"})
    assert answer.status_code == 422
    assert "calm  piano" in answer.content.decode()
    assert mina.post("/prompts/save", {"prompt": " "}).status_code == 422
    assert not SavedPrompt.objects.exists()


def test_there_is_a_limit(mina: Client, user: User, saved: SavedPrompt) -> None:
    SavedPrompt.objects.bulk_create(SavedPrompt(owner=user, name="x", prompt="x") for _ in range(MOST_SAVED - 1))
    answer = mina.post("/prompts/save", FORM, follow=True)
    assert "as many saved prompts as there can be" in text_of(answer)
    assert SavedPrompt.objects.count() == MOST_SAVED


def test_it_is_its_owners_alone(client: Client, other: User, saved: SavedPrompt) -> None:
    client.force_login(other)
    assert "rainy day" not in text_of(client.get("/prompts/"))
    assert "rainy day" not in client.get(f"/music/?saved={saved.pk}").content.decode()
    for act in ("rename", "delete"):
        assert client.post(f"/prompts/{saved.pk}/{act}", {"name": "Mine"}).status_code == 404
    assert SavedPrompt.objects.get().name == saved.name


def test_it_goes_with_the_account_and_is_in_its_zip(user: User, saved: SavedPrompt) -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(data_export.archive(user)))) as zipped:
        (kept,) = json.loads(zipped.read("prompts.json"))
    assert (kept["name"], kept["settings"]["style"]) == (saved.name, "jazz")
    closing.close(user)
    assert not SavedPrompt.objects.exists()
