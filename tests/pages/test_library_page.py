"""The library, as a browser without scripts gets it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from jobs.models import Job
from tests.making import made, take, text_of

Order = Callable[..., Job]


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


def next_page(response: Any) -> str:
    link = re.search(r'rel="next" href="([^"]+)"', response.content.decode())
    assert link
    return "/library/" + link[1].replace("&amp;", "&")


def test_a_deleted_track_can_be_taken_back(mina: Client, order: Order) -> None:
    job = made(order("calm piano", title="Night Train"))
    page = f"http://testserver/tracks/{job.pk}/"
    response = mina.post(f"/tracks/{job.pk}/delete", headers={"Referer": page}, follow=True)
    assert response.redirect_chain == [("/library/", 302)]
    assert "“Night Train” was deleted. Undo" in text_of(response).replace("  ", " ")
    assert f'action="/tracks/{job.pk}/restore"' in response.content.decode()
    assert mina.get(f"/tracks/{job.pk}/").status_code == 404
    assert mina.get(f"/tracks/{job.pk}/audio").status_code == 404
    assert "Night Train" not in text_of(mina.get("/library/"))
    assert "Night Train" in text_of(mina.get("/library/?show=bin"))
    for _twice in range(2):
        response = mina.post(f"/tracks/{job.pk}/restore", follow=True)
        assert response.redirect_chain == [(f"/tracks/{job.pk}/", 302)]
    assert "is back in your library" in text_of(response)
    response = mina.get(f"/tracks/{job.pk}/audio")
    assert b"".join(response.streaming_content).startswith(b"RIFF")


def test_a_track_in_the_bin_can_be_removed_for_good(
    mina: Client, order: Order, django_capture_on_commit_callbacks: Any
) -> None:
    job = made(order())
    name = job.files["audio"]["name"]
    assert post(mina, f"/tracks/{job.pk}/purge").status_code == 404, "only what lies in the bin"
    post(mina, f"/tracks/{job.pk}/delete")
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        post(mina, f"/tracks/{job.pk}/purge")
    assert not default_storage.exists(name)
    assert post(mina, f"/tracks/{job.pk}/restore").status_code == 404


def test_the_library_is_searched_shelved_and_paged(mina: Client, order: Order, monkeypatch: Any) -> None:
    monkeypatch.setattr("jobs.pages.library.PER_PAGE", 5)
    for number in range(7):
        made(order(f"piano {number:02}", title=f"Song {number:02}"))
    order("drums")
    take().fail("timeout", "")
    first = mina.get("/library/")
    second = mina.get(next_page(first))
    assert [len(page.context["tracks"]) for page in (first, second)] == [5, 2]
    assert [track.job.title for track in mina.get("/library/?q=06+PIANO").context["tracks"]] == ["Song 06"]
    assert [track.kind for track in mina.get("/library/?show=failed").context["tracks"]] == ["failed"]
    post(mina, f"/tracks/{Job.objects.get(title='Song 03').pk}/favourite", favourite="1")
    assert [track.job.title for track in mina.get("/library/?show=favourites").context["tracks"]] == ["Song 03"]
    assert "q=piano" in mina.get("/library/?q=piano").content.decode()
    for odd in ("after=x", "before=99", "sort=x&after=W10", "show=else", "q=%00", "q=" + "x" * 5000, "style=x&when=y"):
        assert len(mina.get(f"/library/?{odd}").context["tracks"]) in (0, 5)


def test_the_library_remembers_how_it_is_looked_at(mina: Client, order: Order) -> None:
    made(order())
    assert 'class="cards grid"' in mina.get("/library/").content.decode()
    mina.get("/library/?view=list")
    assert 'class="cards list"' in mina.get("/library/?view=else").content.decode()


@pytest.mark.parametrize(
    ("query", "help_text"),
    [
        ("", "Your library is empty."),
        ("?q=x", "Nothing here fits what you are looking for"),
        ("?show=favourites", "No favourites yet."),
        ("?show=failed", "Nothing has gone wrong so far."),
        ("?show=making", "Nothing is being made right now."),
        ("?show=bin", "The bin is empty."),
    ],
)
def test_an_empty_shelf_helps(mina: Client, query: str, help_text: str) -> None:
    assert help_text in text_of(mina.get(f"/library/{query}"))


def test_a_link_of_another_site_changes_nothing_that_is_remembered(mina: Client, order: Order) -> None:
    order()
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert mina.get("/library/?view=list", headers=elsewhere).context["view"] == "list"
    assert mina.get("/library/").context["view"] == "grid"
    mina.get("/library/?view=list", headers={"Sec-Fetch-Site": "same-origin"})
    assert mina.get("/library/").context["view"] == "list"
