"""Layers for games: which parts they have, how they lie on one another, what their sheet says."""

import json
import zipfile
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import soundfile

from jobs.music.files import layers, stems
from jobs.music.score import Loop, Mix, Note, Part
from jobs.music.sound.mix import render
from jobs.music.sound.soundfont import Bank, find
from tests.music.handmade import solo, song

RATE = 44_100
FADE = round(1.7 * RATE)  # frames of ``dry`` before its ring is let go


def nothing(_share: float) -> None:
    pass


def unpacked(path):
    """The sheet, and the sound of each file."""
    with zipfile.ZipFile(path) as archive:
        read = {name: archive.read(name) for name in archive.namelist()}
    sheet = json.loads(read.pop("layers.json"))
    return sheet, {name: soundfile.read(BytesIO(data), always_2d=True)[0] for name, data in read.items()}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return find(None, None)


@pytest.fixture(scope="module")
def dry():
    """Three seconds in which nobody is sent to the room, so that a part is its stem."""
    score = song(3.0, bpm=240.0, mix=Mix(sidechain=0.5))
    return replace(score, parts=tuple(replace(part, reverb=0.0) for part in score.parts))


@pytest.fixture(scope="module")
def packed(dry, bank, tmp_path_factory):
    path = tmp_path_factory.mktemp("layers") / "layers.zip"
    layers.write(dry, bank, path, 1.0, 4, "x", nothing)
    return unpacked(path)


def test_each_layer_is_the_stems_of_its_parts(packed, dry, bank, tmp_path):
    sheet, sounds = packed
    stems.write(dry, bank, tmp_path / "stems.zip", 1.0, "x", nothing)
    with zipfile.ZipFile(tmp_path / "stems.zip") as archive:
        stem = {
            name[3:-5]: soundfile.read(BytesIO(archive.read(name)), always_2d=True)[0] for name in archive.namelist()
        }
    for layer in sheet["layers"]:
        left = sum(stem[name][:, 0] for name in layer["parts"])  # all that there is of a bass, which is mono
        assert np.abs(left).max() > 0.01
        assert np.abs(sounds[layer["file"]][:, 0] - left)[:FADE].max() < 1e-6, layer["name"]


def test_the_last_layer_is_the_mix(packed, dry, bank):
    sheet, sounds = packed
    full = sounds[sheet["layers"][-1]["file"]]
    mixed = render(dry, bank, nothing).samples[:, : len(full)].T
    assert np.abs(full - mixed)[:FADE].max() < 1e-6


def test_they_are_equally_long_and_begin_and_end_together(packed, dry):
    sheet, sounds = packed
    files = [layer["file"] for layer in sheet["layers"]]
    assert files == ["1-calm.flac", "2-tense.flac", "3-action.flac", "4-battle.flac"]
    assert {len(sounds[file]) for file in files} == {sheet["samples"]} == {round(dry.duration * RATE)}
    assert all(np.abs(sound).max() <= 10 ** (-1 / 20) + 1e-6 for sound in sounds.values())
    assert all(np.abs(sound[-1]).max() < 1e-3 for sound in sounds.values())
    loudness = [np.sqrt((sounds[file] ** 2).mean()) for file in files]
    assert loudness == sorted(loudness)


def test_the_sheet_says_where_bars_begin_and_what_the_files_are(packed):
    sheet, sounds = packed
    assert {"title", "tempo", "metre", "key"} < sheet.keys()
    assert (sheet["tempo"], sheet["metre"], sheet["key"], sheet["loop"]) == (240.0, "4/4", "A minor", None)
    assert sheet["bars"] == [{"sample": 0, "seconds": 0.0}]
    assert [one["name"] for one in sheet["stingers"]] == ["win", "lose", "discover"]
    for stinger in sheet["stingers"]:
        assert len(sounds[stinger["file"]]) == stinger["samples"] == pytest.approx(stinger["seconds"] * RATE, abs=1)
        assert 2 <= stinger["seconds"] <= 5
        assert np.abs(sounds[stinger["file"]]).max() > 0.05
    assert sounds.keys() == {entry["file"] for entry in [*sheet["layers"], *sheet["stingers"]]}


def test_one_gain_keeps_all_under_the_ceiling(packed, dry, bank, tmp_path):
    layers.write(dry, bank, tmp_path / "loud.zip", 100.0, 4, "x", nothing)
    sheet, loud = unpacked(tmp_path / "loud.zip")
    assert max(np.abs(sound).max() for sound in loud.values()) == pytest.approx(10 ** (-1 / 20), abs=1e-4)
    gains = [np.abs(loud[one["file"]]).max() / np.abs(packed[1][one["file"]]).max() for one in sheet["layers"]]
    assert gains == pytest.approx([gains[0]] * 4, rel=1e-4)


def test_those_of_a_loop_go_round(bank, tmp_path):
    line = tuple(Note(float(beat), 1.0, 57 + beat % 5, 80) for beat in range(8))
    parts = (
        Part("piano", "melody", "piano", line),
        Part("low", "bass", "fingered_bass", (Note(0.0, 8.0, 33, 80),)),
    )
    score = solo(2.0, parts=parts, tempos=solo().tempos[:1], loop=Loop(0.0, 0.0), beats=4.0)
    layers.write(score, bank, tmp_path / "layers.zip", 1.0, 3, "x", nothing)
    sheet, sounds = unpacked(tmp_path / "layers.zip")
    assert sheet["loop"] == {"start": {"sample": 0, "seconds": 0.0}, "samples": 2 * RATE, "seconds": 2.0}
    assert [(one["name"], one["parts"]) for one in sheet["layers"]] == [("calm", ["low"]), ("battle", ["piano", "low"])]
    for layer in sheet["layers"]:
        sound = sounds[layer["file"]].mean(axis=1)
        assert len(sound) == 2 * RATE
        assert abs(sound[0] - sound[-1]) <= 2 * np.abs(np.diff(sound)).max(), "no click at the seam"


@pytest.mark.parametrize("count", [3, 4, 5])
def test_each_has_what_the_one_before_has_and_the_last_has_all(count):
    score = song(20.0)
    made = layers.layers_of(score, count)
    assert len({one.name for one in made}) == count
    for quieter, louder in zip(made, made[1:], strict=False):
        assert set(quieter.parts) < set(louder.parts)
    assert "pad" in made[0].parts
    assert not {"drums", "melody"} & set(made[0].parts)
    assert set(made[-1].parts) == {part.name for part in score.parts if part.notes}


def test_who_hardly_plays_is_not_the_calm_one():
    rare = Part("pad", "pad", "strings", (Note(0.0, 4.0, 60, 60),))
    melody = Part("tune", "melody", "flute", tuple(Note(4.0 * bar, 1.0, 72, 80) for bar in range(8)))
    made = layers.layers_of(solo(parts=(rare, melody), beats=32.0), 3)
    assert [one.parts for one in made] == [("tune",), ("pad", "tune")]
