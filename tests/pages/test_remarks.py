"""Remarks on a brief, in words."""

import pytest
from django.utils import translation

from jobs.music.words.understand import REMARK_CODES
from jobs.pages.remarks import REMARKS, remark_text


def test_every_remark_of_the_composer_has_words() -> None:
    assert set(REMARKS) == set(REMARK_CODES)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("code", REMARK_CODES)
def test_every_remark_can_be_said(code: str, language: str) -> None:
    values = dict.fromkeys(REMARK_CODES[code], "anything")
    with translation.override(language):
        text = remark_text(code, values)
    assert "{" not in text
    assert text.endswith(".")


def test_remarks_speak_the_readers_language() -> None:
    with translation.override("en"):
        assert remark_text("style_assumed", {"style": "lofi"}) == "You named no style; Lo-fi seemed to fit."
        assert "Drums" in remark_text("instrument_conflict", {"kept": "drums", "dropped": "tr808"})
        assert "Drum kit" in remark_text("instrument_unavailable", {"asked": "cajon", "used": "drums"})
        clamped = remark_text("duration_clamped", {"asked": 1200, "used": 300})
        assert "20:00" in clamped
        assert "5:00" in clamped
    with translation.override("ko"):
        assert "로파이" in remark_text("style_assumed", {"style": "lofi"})
        assert "A단조" in remark_text("key_conflict", {"kept": "A minor", "dropped": "E"})
    assert remark_text("of_a_later_version", {}) == ""
