"""A section heard alone: what is in it, that what was kept sounds as what is played, and what is played again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from jobs.music import preview
from jobs.music.brief import Brief
from jobs.music.composing.compose import compose
from jobs.music.errors import DiskFull, EditRefused
from jobs.music.score import Mix
from jobs.music.sound import dry
from jobs.music.sound.excerpt import excerpt
from jobs.music.sound.finish import finish
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.kept import Kept
from jobs.music.sound.loudness import weigh
from jobs.music.sound.master import master
from jobs.music.sound.mix import render
from jobs.music.sound.soundfont import find
from jobs.music.words.understand import understand
from tests.music.handmade import quiet_then_loud

SEED = 5
CHORDS = {"version": 1, "sections": [{"of": 0}, {"of": 1, "chords": "Am F"}, {"of": 2}]}
SOFTER = {"version": 1, "parts": {"bass": {"volume": -6}}}


@pytest.fixture(scope="module")
def brief() -> Brief:
    return understand("a pop song with piano, bass and drums", {"duration": 24, "tempo": 150})


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the parts that go to a synthesizer."""
    names: list[str] = []
    play = dry._played

    def noted(*args: Any) -> Any:
        names.append(args[2].part.name)
        return play(*args)

    monkeypatch.setattr(dry, "_played", noted)
    return names


def heard(brief: Brief, folder: Path, keeps: Path, edit: Mapping[str, Any], section: int = 1) -> preview.Preview:
    folder.mkdir(exist_ok=True)
    return preview.make(brief, SEED, edit, section, folder, Kept(keeps), lambda *_: None)


def test_the_section_is_there_with_a_beat_before_it(brief: Brief, tmp_path: Path) -> None:
    score = compose(brief, SEED).quantised()
    made = heard(brief, tmp_path, tmp_path / "kept", {})
    section = score.sections[1]
    assert (made.start, made.lead) == (score.seconds(section.start), pytest.approx(0.4))
    assert made.length == pytest.approx(score.seconds(section.start + section.length) - made.start)
    assert made.bars == section.bars
    samples, rate = soundfile.read(made.path)
    assert made.lead + made.length < len(samples) / rate < made.lead + made.length + 4.5
    assert np.abs(samples[-100:]).max() < 1e-3
    assert np.abs(samples).max() > 0.1


def test_what_was_kept_sounds_as_what_is_played(brief: Brief, tmp_path: Path, played: list[str]) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    first = heard(brief, tmp_path / "a", one, {}).path.read_bytes()
    parts = sorted(played)
    played.clear()
    again = heard(brief, tmp_path / "b", one, {}).path.read_bytes()
    softer = heard(brief, tmp_path / "c", one, SOFTER).path.read_bytes()
    assert played == []  # a volume costs a mix
    alone = heard(brief, tmp_path / "d", two, SOFTER).path.read_bytes()
    assert sorted(played) == parts
    assert (again, softer) == (first, alone)
    assert softer != first


def test_only_what_has_changed_is_played_again(brief: Brief, tmp_path: Path, played: list[str]) -> None:
    heard(brief, tmp_path / "a", tmp_path / "kept", {})
    before = set(played)
    played.clear()
    changed = heard(brief, tmp_path / "b", tmp_path / "kept", CHORDS).path.read_bytes()
    assert set(played) < before
    assert "drums" not in played
    assert changed == heard(brief, tmp_path / "c", tmp_path / "other", CHORDS).path.read_bytes()


def test_what_is_damaged_is_played_anew(brief: Brief, tmp_path: Path, played: list[str]) -> None:
    first = heard(brief, tmp_path / "a", tmp_path / "kept", {}).path.read_bytes()
    once = sorted(played)
    for path in (tmp_path / "kept").iterdir():
        path.write_bytes(path.read_bytes()[:-7])
    assert heard(brief, tmp_path / "b", tmp_path / "kept", {}).path.read_bytes() == first
    assert sorted(played) == sorted(once * 2)


def test_what_does_not_fit_is_refused_and_leaves_nothing(
    brief: Brief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for edit, section in (({}, 9), ({"version": 1, "sections": [{"of": 40}]}, 0), ({"version": 2}, 0)):
        with pytest.raises(EditRefused):
            heard(brief, tmp_path / "a", tmp_path / "kept", edit, section)

    def full(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(preview, "write_lossless", full)
    with pytest.raises(DiskFull):
        heard(brief, tmp_path / "a", tmp_path / "kept", {})
    assert list((tmp_path / "a").iterdir()) == []


def test_an_excerpt_has_the_notes_that_begin_in_it(brief: Brief) -> None:
    score = compose(brief, SEED).quantised()
    section = score.sections[1]
    cut = excerpt(score, 1)
    for whole, part in zip(score.parts, cut.score.parts, strict=True):
        inside = [n for n in whole.notes if section.start - 1 <= n.start < section.start + section.length]
        assert [n.start + section.start - 1 for n in part.notes] == pytest.approx([n.start for n in inside])
        assert [n.pitch for n in part.notes] == [n.pitch for n in inside]
        assert all(control.start >= 0 for control in part.controls)
    assert [s.name for s in cut.score.sections] == [s.name for s in score.sections[:3]]
    last = excerpt(score, len(score.sections) - 1)
    assert last.score.duration == pytest.approx(score.duration - last.start + last.lead)
    with pytest.raises(ValueError, match="section: the piece has"):
        excerpt(score, 99)


def test_a_section_is_as_loud_as_in_the_piece_all_along(tmp_path: Path) -> None:
    """But for one gain: bus and master press it as they press the whole, in which more plays and louder."""
    score, bank = quiet_then_loud(Mix(drive=0.3)).quantised(), find()
    made = preview.render(score, excerpt(score, 0), SEED, bank, tmp_path, Kept(tmp_path / "kept"), lambda *_: None)
    samples, _ = soundfile.read(made.path, dtype="float32")
    whole = render(score, bank, lambda _share: None)
    finish(whole, score, SEED, lambda _share: None)
    master(whole, lambda _share: None, score.mix.loudness)
    half = SAMPLE_RATE // 2
    early, late = (weigh(np.ascontiguousarray(sound)) for sound in (samples.T, whole.samples))
    louder = [
        10 * np.log10((early[:, at : at + half] ** 2).sum() / (late[:, at : at + half] ** 2).sum())
        for at in range(0, 4 * half, half)
    ]
    assert np.ptp(louder) < 0.7  # 1.75 by the bus of the section alone
    assert np.mean(louder) == pytest.approx(0.0, abs=1.5)
