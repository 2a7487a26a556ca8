"""What the first view of a page costs, as it goes over the wire."""

import time
from typing import Any

import pytest

from tests.chromium import PATIENCE
from tests.site import Axios, Site

pytestmark = [pytest.mark.slow, pytest.mark.browser]

STYLES = ("jazz", "rock", "lo-fi", "techno", "waltz", "blues", "bossa nova", "ambient")
PROMPTS = [f"{mood} {style}, with a clarinet and a double bass" for mood in ("calm", "wild", "sad") for style in STYLES]
MOST = 100_000  # bytes of a page and all that it needs, without sound


def test_the_first_view_of_every_page_is_light(quick: Site, browser: Any) -> None:
    mina = Axios(quick.url).sign_up("light")
    jobs = [mina.post("/api/music", {"prompt": prompt})[1]["jobId"] for prompt in PROMPTS]
    for job in jobs:
        while mina.get(f"/api/music/{job}/status")[1]["state"] != "done":
            time.sleep(0.2)
    for path in ("/", "/music/", "/library/", f"/tracks/{jobs[0]}/", "/accounts/password_change/", "/docs/api/"):
        context = browser.new_context()  # nothing in its cache
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": "sessionid", "value": mina.cookie("sessionid"), "url": quick.url}])
        page = context.new_page()
        sizes: list[float] = []
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")

        def count(event: dict[str, Any], sizes: list[float] = sizes) -> None:
            sizes.append(event["encodedDataLength"])

        wire.on("Network.loadingFinished", count)
        page.goto(quick.url + path, wait_until="networkidle")
        assert len(sizes) > 10
        assert sum(sizes) < MOST, f"{path}: {sum(sizes)}"
        context.close()
