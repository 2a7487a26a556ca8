"""Moments as markers: in a WAV, in MIDI, as a table."""

from __future__ import annotations

import csv
import struct

import mido
import numpy as np
import pytest
import soundfile

from jobs.music.files import cue_sheet, encode, midi
from jobs.music.score import CuePoint
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
