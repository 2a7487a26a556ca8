from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from jobs import generators
from jobs.pages.views.credits import CREDITS
from tests.making import text_of


def test_everybody_may_read_whose_sounds_are_heard() -> None:
    page = text_of(Client().get("/credits/"))
    for credit in CREDITS:
        assert credit.name in page
        assert credit.by in page
        assert credit.licence in page


@pytest.mark.django_db
def test_everybody_may_read_under_what_licence_an_engine_makes_music(settings: Any) -> None:
    entry = {"BACKEND": "jobs.generators.stable_audio.StableAudio", "OPTIONS": {"url": "http://gpu:8006"}}
    settings.GENERATORS = {**settings.GENERATORS, "stable_audio": entry}
    generators.get.cache_clear()
    answer = Client().get("/credits/")
    assert "Powered by Stability AI" in text_of(answer)
    assert 'href="https://stability.ai/license" rel="external noreferrer">Stable Audio 3</a>' in answer.content.decode()


def test_every_page_leads_there_in_its_own_language() -> None:
    korean = Client(headers={"accept-language": "ko"})
    assert '<a href="/credits/">만든 사람들</a>' in korean.get("/").content.decode()
    assert "라이선스: MIT" in text_of(korean.get("/credits/"))
