"""Prompts to begin with say what they promise, in both languages."""

import pytest
from django.utils import translation

from jobs.music import styles
from jobs.music.words.understand import understand
from jobs.pages.examples import OF_STYLES, styles_with_prompts


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("style", styles.all_ids())
def test_each_style_has_a_prompt_that_asks_for_it(style: str, language: str) -> None:
    with translation.override(language):
        brief = understand(str(OF_STYLES[style]))
    assert (brief.style, brief.sources["style"], brief.language) == (style, "words", language)
    assert brief.remarks == ()


def test_styles_are_offered_by_name() -> None:
    names = [example.name for example in styles_with_prompts()]
    assert names == sorted(names)
    assert len(names) == len([id for id in styles.all_ids() if not styles.get(id).base]) > 30
