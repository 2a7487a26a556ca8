"""The site as an application of a phone: what a browser asks for to install it and to stand a missing network."""

import json
import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from tests.icons import ICONS


@pytest.mark.parametrize(("language", "word"), [("en", "Library"), ("ko", "보관함")])
def test_the_manifest_has_icons_of_the_sizes_it_says(client: Client, language: str, word: str) -> None:
    response = client.get("/manifest.webmanifest", headers={"Accept-Language": language})
    assert response["Content-Type"] == "application/manifest+json"
    manifest: dict[str, Any] = json.loads(response.content)
    assert (manifest["start_url"], manifest["display"], manifest["lang"]) == ("/", "standalone", language)
    assert word in [shortcut["name"] for shortcut in manifest["shortcuts"]]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    assert len(manifest["icons"]) == len(ICONS)
    for icon in manifest["icons"]:
        with Image.open(finders.find(icon["src"].removeprefix("/static/")) or "") as picture:
            assert "{}x{}".format(*picture.size) == icon["sizes"]


def test_the_offline_page_is_nobodys(client: Client, mina: Client) -> None:
    nobodys = client.get("/offline/?language=ko")
    minas = mina.get("/offline/?language=ko")
    assert minas.content == nobodys.content
    assert "연결되지 않음" in minas.content.decode()
    assert not minas.cookies
    assert b"data-nobody" not in minas.content, "it would remove what is kept"
    assert b"data-nobody" in client.get("/").content
    assert b"data-nobody" not in mina.get("/").content


def test_the_worker_is_another_one_when_the_offline_page_is(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    response = client.get("/service-worker.js?language=ko")
    assert response["Content-Type"] == "text/javascript"
    policy = response["Content-Security-Policy"]
    assert policy == "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
    page = re.search(r'OFFLINE = "(/offline/\?language=ko&v=\w+)"', response.content.decode())
    assert page
    assert client.get(page[1]).status_code == 200
    monkeypatch.setattr("jobs.pages.views.installed._offline", lambda language: "another")
    assert client.get("/service-worker.js?language=ko").content != response.content
    assert client.get("/service-worker.js?language=zz").status_code == 200
