"""Moments as markers: in a WAV, in MIDI, as a table."""

from __future__ import annotations

import csv
import struct

import mido
import numpy as np
import pytest
import soundfile

from jobs.music.composing.compose import compose
from jobs.music.editing import EditDocument, read
from jobs.music.files import cue_sheet, encode, midi
from jobs.music.score import CuePoint
from tests.music.briefs import brief
from tests.music.files.test_loop_points import chunks
from tests.music.handmade import solo

SCORE = solo(cues=(CuePoint(2.0, "hit"), CuePoint(6.0, "drop")))  # 120 beats a minute, from beat 4 on 90


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_wav_has_cue_points_and_their_names(tmp_path, rate):
    path = tmp_path / "a.wav"
    encode.write_lossless(np.zeros((2, 44_100), np.float32), 44_100, path, "wav", {}, lambda _share: None, rate=rate)
    cue_sheet.mark_wav(path, cue_sheet.moments(SCORE), rate)
    found = chunks(path)
    (count,) = struct.unpack_from("<I", found[b"cue "])
    points = [struct.unpack_from("<II4sIII", found[b"cue "], 4 + 24 * at) for at in range(count)]
    assert [(number, frame, data) for number, frame, data, *_ in points] == [
        (1, rate, b"data"),
        (2, round(10 / 3 * rate), b"data"),
    ]
    assert found[b"LIST"].startswith(b"adtl")
    assert b"labl" + struct.pack("<II", 8, 1) + b"hit\0" in found[b"LIST"]
    assert soundfile.info(path).frames == rate


def test_midi_has_markers_and_a_table_has_lines(tmp_path):
    midi.write(SCORE, tmp_path / "a.mid")
    now, found = 0, {}
    for message in mido.MidiFile(tmp_path / "a.mid").tracks[0]:
        now += message.time
        if message.type == "marker" and message.text.startswith("cue"):
            found[message.text] = now / midi.TICKS
    assert found == {"cue hit": 2.0, "cue drop": 6.0}
    cue_sheet.write_csv(SCORE, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["number", "seconds", "time", "kind"],
            ["1", "1.000", "00:00:01.000", "hit"],
            ["2", "3.333", "00:00:03.333", "drop"],
        ]


def test_moments_of_a_version_are_its_markers(tmp_path):
    """Of the document alone: the brief has none. The tempo bends, and the markers are at their seconds all the same."""
    order = brief("pop", duration=45.0)
    wanted = [(12.0, "hit"), (16.0, "calm"), (31.5, "drop")]
    document = EditDocument.model_validate({"version": 1, "cues": [{"at": at, "kind": kind} for at, kind in wanted]})
    score = compose(order, 3, None, read(document, order, 3)).quantised()
    assert [(pytest.approx(moment.at, abs=0.02), moment.kind) for moment in cue_sheet.moments(score)] == wanted
    midi.write(score, tmp_path / "a.mid")
    now, found = 0.0, []
    for message in mido.MidiFile(tmp_path / "a.mid"):  # in seconds, by its tempos
        now += message.time
        if message.type == "marker" and message.text.startswith("cue"):
            found.append((pytest.approx(now, abs=0.02), message.text.removeprefix("cue ")))
    assert found == wanted
    cue_sheet.write_csv(score, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        lines = [(pytest.approx(float(line["seconds"]), abs=0.02), line["kind"]) for line in csv.DictReader(file)]
    assert lines == wanted
