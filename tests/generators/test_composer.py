import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs import generators
from jobs.generators import composer
from jobs.generators.base import GeneratorError, Order, Stopped
from jobs.music.composing.compose import compose
from jobs.music.editing import outline
from jobs.music.files.document import Document, pack, unpack
from jobs.music.words.understand import understand

BRIEF = understand("calm piano and cello", {"duration": 6}, 3)


def order(folder: Path, *formats: str) -> Order:
    return Order(BRIEF, 3, folder, formats)


def test_it_makes_the_files_of_a_track(tmp_path: Path) -> None:
    seen: list[tuple[str, Any]] = []
    made = generators.get("composer").generate(order(tmp_path), lambda *said: seen.append(said))
    assert set(made.files) == {"audio", "midi", "peaks", "roll", "score"}
    assert all(path.parent == tmp_path and path.stat().st_size > 100 for path, _ in made.files.values())
    assert made.duration == pytest.approx(6, abs=0.01)
    assert json.dumps(made.facts)
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert {stage for stage, _ in seen} == {"composing", "rendering", "mixing", "mastering", "encoding"}


def test_it_makes_what_else_was_asked_for(tmp_path: Path) -> None:
    made = generators.get("composer").generate(order(tmp_path, "flac", "wav", "stems"), lambda *said: None)
    assert {"flac", "wav", "stems"} < set(made.files)
    assert made.files["flac"][0].read_bytes()[:4] == b"fLaC"
    assert made.files["wav"][0].read_bytes()[:4] == b"RIFF"
    assert made.files["stems"][0].read_bytes()[:2] == b"PK"


def test_it_makes_other_formats_from_the_score_that_it_kept(tmp_path: Path) -> None:
    engine = generators.get("composer")
    (tmp_path / "track").mkdir()
    (tmp_path / "export").mkdir()
    track = engine.generate(order(tmp_path / "track"), lambda *said: None)
    other = replace(order(tmp_path / "export", "wav"), export=True, score=track.files["score"][0].read_bytes(), seed=9)
    made = engine.generate(other, lambda *said: None)
    assert set(made.files) == {"wav"}
    assert made.facts == track.facts, "whatever seed or composer there is now"


def test_it_makes_what_a_person_has_changed(tmp_path: Path) -> None:
    name = next(name for name, (role, _) in outline(BRIEF, 3).parts.items() if role == "chords")
    document = {"version": 1, "key": "Eb", "parts": {name: {"instrument": "harp"}}}
    made = generators.get("composer").generate(replace(order(tmp_path), edit=document), lambda *said: None)
    assert {part["instrument"] for part in made.facts["parts"] if part["name"] == name} == {"harp"}
    assert unpack(made.files["score"][0].read_bytes(), "x").score.tonic == 3


def test_a_change_that_does_not_fit_is_no_matter_of_trying_again(tmp_path: Path) -> None:
    unfit = replace(order(tmp_path), edit={"version": 1, "parts": {"harp": {"instrument": "kazoo"}}})
    with pytest.raises(GeneratorError, match="kazoo") as raised:
        generators.get("composer").generate(unfit, lambda *said: None)
    assert (raised.value.code, raised.value.retryable) == ("edit_refused", False)
    assert list(tmp_path.iterdir()) == []


def test_a_score_that_cannot_be_read_is_no_matter_of_trying_again(tmp_path: Path) -> None:
    damaged = replace(order(tmp_path, "wav"), export=True, score=b"RIFF")
    with pytest.raises(GeneratorError) as raised:
        generators.get("composer").generate(damaged, lambda *said: None)
    assert (raised.value.code, raised.value.retryable) == ("score_damaged", False)


def test_it_gives_back_the_memory_of_each_order_however_that_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    monkeypatch.setattr(composer, "give_back", lambda: given.append(True))
    with pytest.raises(GeneratorError):
        generators.get("composer").generate(
            replace(order(tmp_path, "wav"), export=True, score=b"RIFF"), lambda *said: None
        )
    kept = pack(Document(compose(BRIEF, 3).quantised(), 3, 2))
    generators.get("composer").generate(
        replace(order(tmp_path, "chords.txt"), export=True, score=kept), lambda *said: None
    )
    assert given == [True, True]


def test_it_leaves_nothing_when_it_is_stopped(tmp_path: Path) -> None:
    def stop(stage: str, fraction: float | None) -> None:
        if stage == "rendering":
            raise Stopped("cancelled")

    with pytest.raises(Stopped):
        generators.get("composer").generate(order(tmp_path), stop)
    assert list(tmp_path.iterdir()) == []


def test_it_says_what_is_wrong_with_the_sounds(tmp_path: Path, settings: Any) -> None:
    broken = tmp_path / "broken.sf2"
    broken.write_bytes(b"RIFF no more")
    for path, code in ((broken, "soundfont_corrupt"), (tmp_path / "none.sf2", "soundfont_missing")):
        options = {**settings.GENERATORS["composer"]["OPTIONS"], "soundfont": str(path)}
        settings.GENERATORS = {"composer": {**settings.GENERATORS["composer"], "OPTIONS": options}}
        generators.get.cache_clear()
        with pytest.raises(GeneratorError) as raised:
            generators.get("composer").generate(order(tmp_path), lambda *said: None)
        assert (raised.value.code, raised.value.transient) == (code, False)
