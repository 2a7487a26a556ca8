import io
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs.music import piece, styles
from jobs.music.errors import SoundfontMissing


def run(*args: Any) -> str:
    """What a command writes to stdout, called as from the command line."""
    out = io.StringIO()
    call_command(*map(str, args), stdout=out, stderr=io.StringIO())
    return out.getvalue()


# -- styles ------------------------------------------------------------------------------------------------------------


def test_it_lists_every_style_with_what_is_typical_of_it() -> None:
    out = run("styles")
    for name in styles.all_ids():
        assert re.search(rf"^{name}  ", out, re.MULTILINE)
    waltz = run("styles", "waltz")
    low, high = styles.get("waltz").tempo
    for text in ("왈츠", "3/4", f"{low:g} to {high:g} bpm", "C major"):
        assert text in waltz
    assert "lofi" not in waltz


def test_it_lists_styles_for_programs() -> None:
    rows = json.loads(run("styles", "lofi", "jazz", "--json"))
    assert [row["id"] for row in rows] == ["lofi", "jazz"]
    assert rows[0]["tempo"] == list(styles.get("lofi").tempo)
    assert rows[0]["nameKo"] == "로파이"
    assert rows[0]["keys"][0] == "A minor"
    assert "Electric piano" in rows[0]["instruments"]["keys"]


@pytest.mark.parametrize("command", [["styles"], ["demos", "-o", "nowhere"]])
def test_it_names_a_style_that_there_is_not(command: list[str]) -> None:
    with pytest.raises(CommandError, match="no style polka; manage.py styles"):
        run(*command, "lofi", "polka")


# -- demos -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def composer(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A composer that only writes the name of each output; the list tells how it was called."""
    calls: list[dict[str, Any]] = []

    def make(brief: Any, seed: int, folder: Path, progress: Any, *, outputs: Any, **rest: Any) -> Any:
        calls.append({"brief": brief, "seed": seed, **rest})
        files = {kind: folder / piece.NAMES[kind] for kind in outputs}
        for kind, path in files.items():
            path.write_text(f"<svg><title>{brief.style}</title></svg>" if kind == "roll" else kind)
        parts = ({"name": "keys", "role": "chords", "instrument": "piano"},)
        return SimpleNamespace(files=files, duration=brief.duration, loudness=-14.0, parts=parts)

    monkeypatch.setattr(piece, "make", make)
    return calls


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    means = {"chords": 0.875, "beat": 2.5, "sections": None}
    lines = [{"name": "chords", "share": True}, {"name": "beat", "share": False}, {"name": "sections", "share": False}]
    path.write_text(json.dumps({"summary": lines, "styles": {"lofi": means}}))
    return path


def test_it_makes_a_page_of_every_style(tmp_path: Path, composer: list[Any]) -> None:
    run("demos", "-o", tmp_path / "deep" / "page")
    page = (tmp_path / "deep/page/index.html").read_text()
    for name in styles.all_ids():
        assert f'src="{name}/audio.mp3"' in page
        assert f"<svg><title>{name}</title></svg>" in page
        assert (tmp_path / "deep/page" / name / "audio.mp3").read_text() == "mp3"
    assert not re.search(r"(src|href)=.?(https?:|/)", page)


def test_it_says_what_was_asked_and_what_was_measured(tmp_path: Path, composer: list[Any], report: Path) -> None:
    run("demos", "lofi", "jazz", "-o", tmp_path, "--duration", "20", "--seed", "5", "--measure", report)
    page = (tmp_path / "index.html").read_text()
    brief = composer[0]["brief"]
    assert (brief.style, brief.duration, composer[0]["seed"]) == ("lofi", 20, 5)
    for text in (brief.title, "20 seconds", f"{brief.tempo:g} bpm", "Piano", "88%", "2.50"):
        assert text in page
    assert page.count("<dl>") == 1
    assert "sections</dt>" not in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--duration", "4"], "--duration must be from 5"),
        (["--duration", "nan"], "--duration must be"),
        (["--measure", "{}/no.json"], "no.json: No such file"),
        (["--measure", "{}/odd.json"], "not a report"),
        (["--measure", "{}/list.json"], "not a report"),
        (["-o", "{}/odd.json"], "odd.json: File exists"),
    ],
)
def test_it_names_what_is_wrong_with_demos(
    arguments: list[str], words: str, tmp_path: Path, composer: list[Any]
) -> None:
    (tmp_path / "odd.json").write_text("{}")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(CommandError, match=words):
        run("demos", "lofi", "-o", tmp_path / "page", *(argument.format(tmp_path) for argument in arguments))
    assert not composer


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SoundfontMissing("There is no SoundFont x.sf2."), r"no SoundFont x.sf2. \(soundfont_missing\)"),
        (OSError(28, "No space left on device", "/x"), "/x: No space left"),
        (KeyboardInterrupt(), "there is no page"),
    ],
)
def test_it_writes_no_page_without_its_pieces(
    error: BaseException, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(*args: Any, **rest: Any) -> None:
        raise error

    monkeypatch.setattr(piece, "make", make)
    with pytest.raises(CommandError, match=words):
        run("demos", "lofi", "-o", tmp_path)
    assert not (tmp_path / "index.html").exists()
