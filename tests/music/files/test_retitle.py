"""The title inside a file is another, and all else of it is the same, as readers of each format see it."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import mido
import mutagen
import numpy as np
import pytest
import soundfile

from jobs.music.files.cover import cover
from jobs.music.files.encode import Lossless, write_lossless
from jobs.music.files.painting import png
from jobs.music.files.retitle import HEAD, TITLED, retitled
from jobs.music.files.tags import id3
from tests.music import id3 as reader

TITLES = ["Neu", "비 오는 밤 & \"'<>", "x", "長" * 120]


def changed(data: bytes, kind: str, title: str) -> bytes:
    beginning = retitled(data[:HEAD], kind, title)
    assert beginning is not None
    return beginning.content + data[beginning.replaced :]


@pytest.mark.parametrize("title", TITLES)
def test_an_mp3(tmp_path: Path, title: str) -> None:
    stream = b"\xff\xfb\xb0\x00" * 100
    custom = {"PROMPT": "비" * 20_000, "SEED": "7"}
    path = tmp_path / "x.mp3"
    path.write_bytes(changed(id3({"TIT2": "Old", "TPE1": "Musicsite"}, custom) + stream, "audio/mpeg", title))
    assert path.read_bytes().endswith(stream)
    path.write_bytes(path.read_bytes()[: -len(stream)])
    tags = reader.read(path)
    assert tags == {
        "TIT2": title, "TPE1": "Musicsite", "TXXX:PROMPT": custom["PROMPT"], "TXXX:SEED": "7",
    }  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("kind", ["flac", "wav"])
def test_sound_without_loss(tmp_path: Path, kind: str, title: str) -> None:
    path, sound = tmp_path / f"x.{kind}", np.random.default_rng(1).uniform(-0.5, 0.5, (2, 44_100)).astype(np.float32)
    file = Lossless(path, kind, {"title": "Old", "artist": "Musicsite", "comment": "비 " * 1000})
    file.write(sound)
    file.close()
    with soundfile.SoundFile(path) as stored:
        before, comment = stored.read(), stored.comment
    path.write_bytes(changed(path.read_bytes(), f"audio/{kind}", title))
    with soundfile.SoundFile(path) as again:
        assert (again.title, again.artist, again.comment) == (title, "Musicsite", comment)
        assert np.array_equal(again.read(), before)
    if kind == "wav":
        data = path.read_bytes()
        assert int.from_bytes(data[4:8], "little") == len(data) - 8


def test_lyrics_stay_also_where_nothing_else_of_an_mp3_does(tmp_path: Path) -> None:
    data = id3({"TIT2": "Old", "TPE1": "Musicsite", "USLT": "[verse]\n비가 온다"}, {"PROMPT": "pop"})
    path = tmp_path / "x.mp3"
    for alone in (False, True):
        beginning = retitled(data, "audio/mpeg", "Neu", alone=alone)
        assert beginning
        path.write_bytes(beginning.content)
        tags = reader.read(path)
        assert (tags["TIT2"], tags["USLT"], "TXXX:PROMPT" in tags) == ("Neu", "[verse]\n비가 온다", not alone)


def test_lyrics_of_a_flac_file_stay(tmp_path: Path) -> None:
    path, sound = tmp_path / "x.flac", np.random.default_rng(1).uniform(-0.5, 0.5, (2, 44_100)).astype(np.float32)
    texts = {"title": "Old", "comment": "pop", "lyrics": "[verse]\n비가 온다"}
    write_lossless(sound, 44_100, path, "flac", texts, lambda share: None, cover=png(cover(1, "pop")))
    path.write_bytes(changed(path.read_bytes(), "audio/flac", "Neu"))
    assert b"LYRICS=[verse]\n" + "비가 온다".encode() in path.read_bytes()
    with soundfile.SoundFile(path) as again:
        assert (again.title, again.comment) == ("Neu", "pop")
        assert np.abs(again.read().T - sound).max() < 1e-6


def test_a_wav_file_has_its_cover_and_lyrics_and_each_of_its_titles_is_changed(tmp_path: Path) -> None:
    path, sound = tmp_path / "x.wav", np.random.default_rng(1).uniform(-0.5, 0.5, (2, 44_100)).astype(np.float32)
    texts = {"title": "Old", "artist": "Musicsite", "comment": "비 (seed 7)", "copyright": "CC0", "lyrics": "비가 온다"}
    write_lossless(sound, 44_100, path, "wav", texts, lambda share: None, cover=png(cover(1, "pop")))
    assert (tags := mutagen.File(path).tags) is not None
    assert [str(tags[name]) for name in ("TIT2", "TPE1", "TCOP")] == ["Old", "Musicsite", "CC0"]
    assert (tags["COMM::XXX"].text, tags["USLT::XXX"].text) == (["비 (seed 7)"], "비가 온다")
    assert tags["APIC:"].data == png(cover(1, "pop"))
    for title in TITLES:
        path.write_bytes(data := changed(path.read_bytes(), "audio/wav", title))
        assert int.from_bytes(data[4:8], "little") == len(data) - 8
        assert (tags := mutagen.File(path).tags) is not None
        assert (str(tags["TIT2"]), str(tags["TPE1"]), "APIC:" in tags) == (title, "Musicsite", True)
        with soundfile.SoundFile(path) as again:
            assert (again.title, again.comment) == (title, "비 (seed 7)")
            assert np.abs(again.read().T - sound).max() < 1e-6


@pytest.mark.parametrize("title", TITLES)
def test_a_score(title: str) -> None:
    score = mido.MidiFile(type=1, charset="utf-8")
    for name in ("Old", "Piano"):
        track = mido.MidiTrack(
            [mido.MetaMessage("track_name", name=name), mido.MetaMessage("set_tempo", tempo=400_000)]
        )
        track.append(mido.Message("note_on", note=60, time=10))
        score.tracks.append(track)
    data = BytesIO()
    score.save(file=data)
    again = mido.MidiFile(file=BytesIO(changed(data.getvalue(), "audio/midi", title)), charset="utf-8")
    assert [track.name for track in again.tracks] == [title, "Piano"]
    assert [list(track)[1:3] for track in again.tracks] == [list(track)[1:] for track in score.tracks]


@pytest.mark.parametrize("title", TITLES)
def test_a_picture(title: str) -> None:
    data = b"<svg><title>Old</title><g><title>intro</title></g></svg>"
    text = changed(data, "image/svg+xml", title).decode()
    assert re.sub(r"<title>.*?</title>", "", text) == "<svg><g></g></svg>"
    assert "Old" not in text
    assert "<title>intro</title>" in text


@pytest.mark.parametrize("kind", sorted(TITLED))
@pytest.mark.parametrize(
    "data", [b"", b"ID3", b"fLaC\x04", b"RIFF\0\0\0\0WAVEdata", b"MThd", b"\0" * 300, b"ID3\x04\0\0\x7f\x7f\x7f\x7f"]
)
def test_what_holds_no_title_of_ours_is_left_alone(kind: str, data: bytes) -> None:
    assert retitled(data, kind, "Neu") is None


def test_other_files_have_none() -> None:
    assert retitled(b"PK", "application/zip", "Neu") is None
