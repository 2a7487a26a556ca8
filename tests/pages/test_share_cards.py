"""How a link to a track is shown and passed on: cards, a player for other pages, oEmbed, a QR code, an end."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from jobs.models import Job
from jobs.music.files.cover import cover
from jobs.pages import cards
from tests.making import made, text_of

Order = Callable[..., Job]
SITE = "http://testserver"


@pytest.fixture
def job(order: Order) -> Job:
    return made(order("calm piano & <harp>", title='밤 "Train" & <Co>'))


@pytest.fixture
def link(mina: Client, job: Job) -> str:
    mina.post(f"/tracks/{job.pk}/share")
    return f"/shared/{Job.objects.get(pk=job.pk).share_token}/"


def properties(page: str) -> dict[str, str]:
    """What a page says of itself to other places, as a reader of HTML has it."""
    found = re.findall(r'<meta (?:property|name)="((?:og|twitter):[\w:]+)" content="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def test_a_shared_page_says_how_it_is_shown_elsewhere(client: Client, link: str) -> None:
    page = client.get(link).content.decode()
    said = properties(page)
    assert said["og:title"] == '밤 "Train" & <Co>'
    assert said["og:description"] == "calm piano & <harp>"
    assert said["og:url"] == SITE + link
    assert said["og:image"] == f"{SITE}{link}card.png"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert said["twitter:card"] == "summary_large_image"
    assert 'type="application/json+oembed" href="/oembed?url=' in page


def test_the_card_is_a_picture_of_its_size_that_is_sent_once(client: Client, mina: Client, job: Job, link: str) -> None:
    answer = client.get(f"{link}card.png")
    picture = Image.open(io.BytesIO(answer.content))
    assert (answer["Content-Type"], picture.format, picture.size) == ("image/png", "PNG", (1200, 630))
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert client.get(f"{link}card.png", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    mina.post(f"/tracks/{job.pk}/rename", {"title": "Day Train"})
    other = client.get(f"{link}card.png", headers={"If-None-Match": answer["ETag"]})
    assert (other.status_code, other.content == answer.content) == (200, False)


@pytest.mark.parametrize("title", ["Night Train", "봄날의 산책", "a" * 200, "산" * 200, "늦은 오후의 " * 30, " "])
def test_a_title_of_any_length_has_two_lines_that_fit(title: str) -> None:
    lines = cards.wrapped(title, 1000)
    assert len(lines) <= 2
    assert all(cards._width(line) <= 1000 for line in lines)
    assert not lines or lines[0][:3] == title[:3].strip() or title[0] in lines[0]
    assert cards.card(cover(1, "jazz"), title, "Jazz", [], "Musicsite").startswith(b"\x89PNG")


def test_a_title_that_is_cut_is_seen_to_be() -> None:
    assert cards.wrapped("늦은 오후의 " * 30, 1000)[-1].endswith("…")
    assert cards.wrapped("Night Train", 1000) == ["Night Train"]


def test_other_pages_may_show_the_player_and_nothing_else(client: Client, link: str) -> None:
    answer = client.get(f"{link}player/")
    rules = answer["Content-Security-Policy"]
    assert "frame-ancestors *" in rules
    assert "script-src" not in rules
    assert "X-Frame-Options" not in answer.headers
    assert f'src="{link}audio"' in answer.content.decode()
    assert f'href="{link}"' in answer.content.decode()
    for page in (link, "/"):
        assert "frame-ancestors 'none'" in client.get(page)["Content-Security-Policy"]
        assert client.get(page)["X-Frame-Options"] == "DENY"


def test_oembed_has_a_player_for_the_address_of_a_shared_page(client: Client, link: str) -> None:
    answer = client.get("/oembed", {"url": f"https://music.example.org{link}", "maxwidth": "300"})
    said = answer.json()
    assert (said["version"], said["type"], said["width"], said["height"]) == ("1.0", "rich", 300, 180)
    frame = ElementTree.fromstring(said["html"])
    assert (frame.tag, frame.get("src"), frame.get("width")) == ("iframe", f"{SITE}{link}player/", "300")
    assert frame.get("title") == said["title"] == '밤 "Train" & <Co>'
    assert said["thumbnail_url"] == f"{SITE}{link}card.png"
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"url": "http://testserver/"}, 404),
        ({"url": "http://testserver/shared/nothing/"}, 404),
        ({"url": "http://[broken"}, 404),
        ({"url": "x", "format": "xml"}, 501),
    ],
)
def test_oembed_refuses_the_rest(client: Client, db: Any, query: dict[str, str], status: int) -> None:
    assert client.get("/oembed", query).status_code == status


@pytest.mark.parametrize(
    ("end", "begins"), [("?t=30", "?t=30"), ("#t=1:05", "?t=65"), ("?x=1&t=9#a", "?t=9"), ("?t=-1", ""), ("#t=3x", "")]
)
def test_oembed_begins_where_the_address_does(client: Client, link: str, end: str, begins: str) -> None:
    frame = ElementTree.fromstring(client.get("/oembed", {"url": SITE + link + end}).json()["html"])
    assert frame.get("src") == f"{SITE}{link}player/{begins}"


def test_a_card_has_no_boxes_for_what_its_font_lacks() -> None:
    cards_of = [cards.card(cover(1, "lofi"), title, "", [], "Musicsite") for title in ("밤 Train", "밤 🎹Train")]
    assert cards_of[0] == cards_of[1]


@pytest.mark.parametrize("most", ["", "-1", "x", "9" * 40, "٣"])
def test_a_width_that_is_none_is_the_usual(client: Client, link: str, most: str) -> None:
    assert client.get("/oembed", {"url": SITE + link, "maxwidth": most}).json()["width"] == 480


def test_the_code_for_other_pages_can_be_copied_as_it_is(mina: Client, job: Job, link: str) -> None:
    """What stands in the field is HTML, whatever the title."""
    page = mina.get(f"/tracks/{job.pk}/").content.decode()
    field = re.search(r'<textarea id="embed"[^>]*>([^<]*)</textarea>', page)
    assert field is not None
    frame = ElementTree.fromstring(unescape(field[1]))
    assert (frame.get("src"), frame.get("title")) == (f"{SITE}{link}player/", job.title)


def test_the_link_is_a_qr_code(client: Client, link: str) -> None:
    answer = client.get(f"{link}qr.svg")
    root = ElementTree.fromstring(answer.content)
    assert (answer["Content-Type"], root.tag) == ("image/svg+xml", "{http://www.w3.org/2000/svg}svg")


@pytest.mark.parametrize(("asked", "begins"), [("30", "#t=30"), ("", ""), ("x", ""), ("-4", ""), ("9" * 20, "")])
def test_a_link_may_say_where_to_begin(client: Client, link: str, asked: str, begins: str) -> None:
    for page in (link, f"{link}player/"):
        assert f'src="{link}audio{begins}"' in client.get(page, {"t": asked}).content.decode()


def test_a_link_ends_when_it_was_to_and_says_so(client: Client, mina: Client, job: Job, link: str) -> None:
    mina.post(f"/tracks/{job.pk}/share", {"days": "7"})
    until = Job.objects.get(pk=job.pk).share_until
    assert until is not None
    assert timedelta(days=6.9) < until - timezone.now() < timedelta(days=7.1)
    assert client.get(link).status_code == 200
    assert "The link ends on" in text_of(mina.get(f"/tracks/{job.pk}/"))
    Job.objects.filter(pk=job.pk).update(share_until=timezone.now() - timedelta(seconds=1))
    for path in ("", "audio", "roll", "card.png", "qr.svg", "player/"):
        answer = client.get(link + path)
        assert (answer.status_code, answer["X-Robots-Tag"]) == (410, "noindex, nofollow")
        assert "Ask them for a new one" in text_of(answer)
    framed = client.get(f"{link}player/")
    assert "frame-ancestors *" in framed["Content-Security-Policy"]  # other pages show the sentence, too
    assert "X-Frame-Options" not in framed
    assert "This link has ended" in text_of(mina.get(f"/tracks/{job.pk}/"))
    assert client.get("/oembed", {"url": SITE + link}).status_code == 404
    mina.post(f"/tracks/{job.pk}/share", {"days": ""})  # the same link, for ever
    assert client.get(link).status_code == 200
    mina.post(f"/tracks/{job.pk}/share", {"days": "nonsense"})
    assert Job.objects.get(pk=job.pk).share_until is None
