from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import mido
import numpy as np
import pyloudnorm
import pytest
import soundfile

from jobs.music import piece
from jobs.music.brief import MASTERS, Brief
from jobs.music.composing import VERSION
from jobs.music.errors import NothingToPlay, ScoreDamaged, SoundfontCorrupt, SoundfontMissing
from jobs.music.files.document import pack, unpack
from jobs.music.formats import parse
from jobs.music.score import Loop, Mix, Tempo
from jobs.music.sound import VERSION as MIXER
from jobs.queue.exports import SOUND
from tests.music import id3
from tests.music.handmade import solo, song

BRIEF = Brief('calm\0 <b>& "노래" \u202e', "ko", "t", "pop", 100, "A", "minor", "4/4", 12.0, 0.5)
SONG = song(12.0, bpm=132.0)


def quiet(_stage: str, _share: float) -> None:
    pass


def produce(folder: Path, score=None, progress=quiet, **options) -> piece.Piece:
    return piece.produce(score or song(6.0, bpm=132.0), BRIEF, 5, folder, progress, **options)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> piece.Piece:
    return produce(tmp_path_factory.mktemp("made"), SONG, outputs=piece.NAMES)


def decoded(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float64", always_2d=True)[0]


@pytest.mark.parametrize("kind", ["mp3", "flac", "wav"])
def test_it_is_as_long_and_as_loud_as_promised(made, kind):
    samples = decoded(made.files[kind])
    assert len(samples) == 12 * 44_100
    assert pyloudnorm.Meter(44_100).integrated_loudness(samples) == pytest.approx(-14.0, abs=0.3)
    assert np.abs(samples).max() < 10 ** (-1 / 20)
    assert abs(samples.mean()) < 1e-3
    assert 0.6 < np.corrcoef(samples.T)[0, 1] < 0.95


@pytest.mark.parametrize(("master", "peak"), [("gentle", -1.0), ("loud", -1.0)])
def test_it_is_as_loud_as_it_is_ordered(tmp_path, master, peak):
    score = song(8.0, bpm=132.0, mix=Mix(loudness=MASTERS[master]))
    found = produce(tmp_path, score, outputs=("wav",))
    samples = decoded(found.files["wav"])
    assert pyloudnorm.Meter(44_100).integrated_loudness(samples) == pytest.approx(MASTERS[master], abs=0.4)
    assert np.abs(samples).max() < 10 ** (peak / 20)


def test_it_starts_at_once_and_does_not_break_off(made):
    samples = np.abs(decoded(made.files["wav"])).max(axis=1)
    assert samples[: 44_100 // 5].max() > 0.05
    assert samples[-44:].max() < 1e-4


def test_it_says_on_which_sound_a_part_was_played_that_is_not_its_instruments_own(tmp_path):
    score = song(4.0)
    score = replace(
        score, parts=tuple(replace(part, instrument="gayageum") for part in score.parts if part.name == "chords")
    )
    alone, beside = (produce(tmp_path, score, outputs=("midi",), cache=cache) for cache in (None, tmp_path))
    assert (alone.stand_ins, alone.patches) == ({"chords": "Koto"}, "")
    assert beside.stand_ins == {}
    assert beside.patches
    assert beside.parts == alone.parts


def test_it_says_what_it_made(made):
    assert made.loudness == pytest.approx(-14.0, abs=0.1)
    assert made.true_peak <= -1.0
    assert made.duration == 12.0
    assert [section["name"] for section in made.sections] == ["intro", "verse"]
    assert made.sections[1]["start"] == pytest.approx(16 * 60 / 132, abs=1e-3)
    assert {part["instrument"] for part in made.parts} >= {"flute", "piano", "drums"}
    facts = made.facts()
    assert "files" not in facts
    assert json.loads(json.dumps(facts))["soundfont"] == "TimGM6mb"


def test_it_leaves_nothing_but_the_files(made):
    folder = made.files["mp3"].parent
    assert sorted(folder.iterdir()) == sorted(made.files.values())


def test_it_can_be_made_again_from_the_mp3_alone(made):
    tags = id3.read(made.files["mp3"])
    assert tags["TIT2"] == "By <Hand> & Heart"
    assert tags["TPE1"] == "Musicsite"
    assert tags["TXXX:PROMPT"] == 'calm <b>& "노래" '
    assert int(tags["TXXX:SEED"]) == 5
    assert Brief.from_json(json.loads(tags["TXXX:BRIEF"])) == BRIEF


def test_it_repeats_itself_to_the_sample(made, tmp_path):
    again = produce(tmp_path, SONG, outputs=["wav", "midi"])
    assert np.array_equal(decoded(again.files["wav"]), decoded(made.files["wav"]))
    assert again.files["midi"].read_bytes() == made.files["midi"].read_bytes()


def test_from_its_document_it_is_the_same_to_the_sample(made, tmp_path):
    kept = made.files["score"].read_bytes()
    again = piece.make_again(kept, replace(BRIEF, title="Renamed"), tmp_path, quiet, outputs=["wav", "score"])
    assert np.array_equal(decoded(again.files["wav"]), decoded(made.files["wav"]))
    assert again.files["score"].read_bytes() == kept
    assert again.facts() == {**made.facts(), "title": "Renamed"}


def test_what_an_earlier_composer_wrote_stays_as_it_was(made, tmp_path, monkeypatch):
    monkeypatch.setattr("jobs.music.composing.compose.compose", lambda *_: pytest.fail("nothing is composed anew"))
    kept = pack(replace(unpack(made.files["score"].read_bytes(), "t"), composer=1))
    again = piece.make_again(kept, BRIEF, tmp_path, quiet, outputs=["midi"])
    assert (again.composer, again.notes) == (1, made.notes)
    assert made.composer == VERSION


def test_on_paper_it_is_the_same_but_for_how_it_sounds(tmp_path):
    """Or else the site takes what is on paper for another piece, and keeps it from whoever has ordered it."""
    turning = solo(4.0, tempos=(Tempo(0.0, 120.0),), loop=Loop(0.0, 0.0))
    made = produce(tmp_path, turning, outputs=["score"])
    kept = made.files["score"].read_bytes()
    _, facts = piece.write_down(kept, BRIEF, tmp_path, quiet, parse("chords.txt"))
    assert facts == {name: fact for name, fact in made.facts().items() if name not in (*SOUND, "title")}
    assert facts["loop"] == {"start": 0.0, "length": 4.0}


def test_what_an_earlier_mixer_mixed_is_told_apart(made, tmp_path):
    document = unpack(made.files["score"].read_bytes(), "t")
    assert (document.mixer, made.mixer) == (MIXER, MIXER)
    again = piece.make_again(pack(replace(document, mixer=1)), BRIEF, tmp_path, quiet, outputs=["score"])
    assert (again.mixer, unpack(again.files["score"].read_bytes(), "t").mixer) == (MIXER, MIXER)


@pytest.mark.parametrize("kept", [b"", b"broken"])
def test_a_document_that_cannot_be_read_leaves_nothing(kept, tmp_path):
    with pytest.raises(ScoreDamaged):
        piece.make_again(kept, BRIEF, tmp_path, quiet)
    assert list(tmp_path.iterdir()) == []


def test_it_packs_stems_that_add_up_to_the_mix(made):
    with zipfile.ZipFile(made.files["stems"]) as archive:
        stems = {name: soundfile.read(BytesIO(archive.read(name)), always_2d=True)[0] for name in archive.namelist()}
    assert [name[3:-5] for name in stems] == [part["name"] for part in made.parts] + ["effects"]
    total = sum(stems.values())
    mixed = decoded(made.files["wav"])
    assert len(total) == len(mixed)
    likeness = np.corrcoef(total.mean(axis=1), mixed.mean(axis=1))[0, 1]
    assert likeness > 0.95
    for name, stem in stems.items():
        if any(part in name for part in ("melody", "bass", "drums")):
            assert np.corrcoef((total - stem).mean(axis=1), mixed.mean(axis=1))[0, 1] < likeness


def test_it_reports_progress_in_order(tmp_path):
    reports = []
    produce(tmp_path, SONG, progress=lambda stage, share: reports.append((stage, share)))
    shares = [share for _, share in reports]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert list(dict.fromkeys(stage for stage, _ in reports)) == list(piece._ENDS)
    assert len(reports) > 40


@pytest.mark.parametrize("stage", ["rendering", "mixing", "mastering", "encoding"])
def test_it_stops_when_progress_raises_and_leaves_nothing(tmp_path, stage):
    class Enough(Exception):
        pass

    def progress(now: str, _share: float) -> None:
        if now == stage:
            raise Enough

    with pytest.raises(Enough):
        produce(tmp_path, progress=progress, outputs=piece.NAMES)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path):
    """Of each kind of file, in a process that may write no more than 100 kB."""
    code = f"""
import resource
from pathlib import Path
from jobs.music.brief import Brief
from jobs.music.errors import DiskFull
from jobs.music.piece import produce
from tests.music.handmade import solo
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
brief = Brief("", "en", "t", "pop", 100, "A", "minor", "4/4", 8.0, 0.5)
for kind in ("mp3", "flac", "wav", "stems"):
    try:
        produce(solo(), brief, 5, Path({str(tmp_path)!r}), lambda *_: None, outputs=[kind])
    except DiskFull as error:
        print(kind, error.code)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout.splitlines() == [f"{kind} disk_full" for kind in ("mp3", "flac", "wav", "stems")]
    assert list(tmp_path.iterdir()) == []


def test_the_soundfont_that_was_asked_for_must_be_there_and_whole(tmp_path):
    with pytest.raises(SoundfontMissing):
        produce(tmp_path, soundfont=tmp_path / "none.sf2")
    damaged = tmp_path / "half.sf2"
    damaged.write_bytes(b"RIFF\x10\0\0\0sfbk")
    with pytest.raises(SoundfontCorrupt):
        produce(tmp_path, soundfont=damaged)


def test_silence_is_an_error(tmp_path):
    with pytest.raises(NothingToPlay):
        produce(tmp_path, score=song(12.0, parts=()))


def test_an_unknown_output_is_refused(tmp_path):
    with pytest.raises(ValueError, match="ogg"):
        produce(tmp_path, outputs=["ogg"])


@pytest.mark.parametrize(
    "score",
    [
        solo(),
        solo(fade_out=3.0),
        song(8.0, mix=Mix(room=0.9, warmth_db=3.0, lowpass_hz=4500.0, sidechain=0.8, drive=0.6, width=0.6, vinyl=1.0)),
        song(8.0, mix=Mix(brightness_db=4.0, width=1.5)),
    ],
    ids=["solo", "fade", "lofi", "wide"],
)
def test_every_mix_meets_the_master(tmp_path, score):
    made = produce(tmp_path, score=score, outputs=["mp3"])
    samples = decoded(made.files["mp3"])
    assert len(samples) == score.duration * 44_100
    assert pyloudnorm.Meter(44_100).integrated_loudness(samples) == pytest.approx(-14.0, abs=0.5)
    assert np.abs(samples).max() < 10 ** (-1 / 20)
    assert 0.6 < np.corrcoef(samples.T)[0, 1] < 0.95
    assert np.abs(samples[-20:]).max() < 1e-3


def test_importing_it_does_not_load_pygame():
    code = "import sys, jobs.music.piece; sys.exit('pygame' in sys.modules or 'pretty_midi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_midi_and_pictures_come_with_it(made):
    assert mido.MidiFile(made.files["midi"]).tracks[0].name == "By <Hand> & Heart"
    assert len(json.loads(made.files["peaks"].read_text())["peaks"]) == 800
    assert made.files["roll"].read_text().startswith("<svg")
