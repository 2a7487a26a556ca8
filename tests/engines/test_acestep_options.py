"""What an operator may write about ACE-Step's server."""

from pathlib import Path

import pytest

from jobs.generators.acestep import AceStep


@pytest.mark.parametrize(
    ("options", "said"),
    [({"url": "gpu:8001"}, "url is no address"), ({"url": "http://a b/"}, "url is no"), ({"url": "file:///x"}, "url"),
     ({"url": "http://user:secret@gpu/"}, "url is no address"), ({"url": "http://gpu:99999"}, "url is no address"),
     ({"dialect": "latin"}, "one of auto, rest, cpp"), ({"longest": "601"}, "not between 10 and 600"),
     ({"longest": "nan"}, "not between"), ({"timeout": "0"}, "no time")],
)  # fmt: skip
def test_wrong_options_are_named(options: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        AceStep(options)
    assert "secret" not in str(raised.value)


def test_it_names_what_it_lacks(tmp_path: Path) -> None:
    assert [problem[:18] for problem in AceStep({}).problems()] == ["There is no server"]
    assert "key_file" in AceStep({"url": "http://gpu:8001", "key_file": str(tmp_path / "none")}).problems()[0]
    assert AceStep({"url": "http://[::1]:8001/acestep"}).problems() == []
