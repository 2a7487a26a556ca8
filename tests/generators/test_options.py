from typing import Any

import pytest

from jobs.generators.options import read_options

KNOWN = {"model": "small", "seconds": 1.5, "tries": 3, "quick": False}


def test_a_text_becomes_what_the_default_is() -> None:
    given = {"seconds": "2", "tries": " 4 ", "quick": "on"}
    assert read_options(given, KNOWN) == {"model": "small", "seconds": 2.0, "tries": 4, "quick": True}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"modle": "x"}, "option modle is unknown; did you mean model?"),
        ({"zzz": "x"}, "option zzz is unknown; there are model, seconds, tries, quick"),
        ({"tries": "many"}, "option tries=many is no int"),
        ({"quick": "maybe"}, "option quick=maybe is neither on nor off"),
        ({"input.x": "1"}, "option input.x is unknown"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("?", r"\?")):
        read_options(given, KNOWN)


def test_options_with_a_prefix_are_the_engines_own() -> None:
    assert read_options({"input.top_k": "9"}, KNOWN, ("input.",))["input.top_k"] == "9"
