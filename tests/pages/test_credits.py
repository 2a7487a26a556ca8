from __future__ import annotations

from django.test import Client

from jobs.pages.views.credits import CREDITS
from tests.making import text_of


def test_everybody_may_read_whose_sounds_are_heard() -> None:
    page = text_of(Client().get("/credits/"))
    for credit in CREDITS:
        assert credit.name in page
        assert credit.by in page
        assert credit.licence in page


def test_every_page_leads_there_in_its_own_language() -> None:
    korean = Client(headers={"accept-language": "ko"})
    assert '<a href="/credits/">만든 사람들</a>' in korean.get("/").content.decode()
    assert "라이선스: MIT" in text_of(korean.get("/credits/"))
