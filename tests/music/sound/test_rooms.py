from __future__ import annotations

import numpy as np
import pytest

from jobs.music.score import SPACES
from jobs.music.sound import rooms
from jobs.music.sound.filters import BLOCK
from jobs.music.sound.fluid import SAMPLE_RATE


def decay(response: np.ndarray, low: float, high: float) -> float:
    """Seconds to −60 dB between these frequencies, from −5 to −25 dB of Schroeder's curve (ISO 3382)."""
    size = 2 * len(response)
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    spectrum = np.where((frequency > low) & (frequency < high), np.fft.rfft(response, size), 0)
    band = np.fft.irfft(spectrum, size)[: len(response)]
    left = 10 * np.log10(np.cumsum((band**2)[::-1])[::-1] / (band**2).sum() + 1e-12)
    start, end = (int(np.argmax(left < level)) for level in (-5, -25))
    return 3 * (end - start) / SAMPLE_RATE


def test_the_rooms_are_those_that_a_style_may_name():
    assert tuple(rooms.ROOMS) == SPACES


@pytest.mark.parametrize("name", ["studio", "hall"])
def test_a_room_rings_as_long_as_it_says_and_longer_below(name):
    left, right = rooms.room(name).astype(np.float64)
    kind = rooms.ROOMS[name]
    assert decay(left, 400, 700) == pytest.approx(kind.decay[1], rel=0.3)
    assert decay(right, 5700, 11_000) == pytest.approx(kind.decay[3], rel=0.35)
    assert decay(left, 177, 707) > decay(left, 5700, 11_000)


@pytest.mark.parametrize("name", rooms.ROOMS)
def test_a_room_is_wide_without_a_side_and_dies_away(name):
    left, right = rooms.room(name).astype(np.float64)
    assert (left**2).sum() == pytest.approx((right**2).sum(), rel=0.1)
    assert (left**2).sum() == pytest.approx(1.0, rel=0.4)
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.5
    assert (left[-2000:] ** 2).mean() < 1e-5 * (left**2).max()
    gap = round(rooms.ROOMS[name].gap / 2000 * SAMPLE_RATE)
    assert not gap or np.abs(left[: gap // 2]).max() < 0.02 * np.abs(left).max()


@pytest.mark.parametrize("bpm", [64.0, 100.0, 126.0, 174.0])
def test_echoes_fall_on_parts_of_the_beat_from_side_to_side(bpm):
    response = rooms.echo(60 / bpm).astype(np.float64)
    loud = np.abs(response).max(axis=0)
    first = int(loud[: round(0.55 * SAMPLE_RATE)].argmax())
    shares = first / SAMPLE_RATE / (60 / bpm)
    assert min(abs(shares - share) for share in (0.25, 0.5, 0.75, 1.0)) < 0.01
    left, right = (np.abs(response[:, at - 300 : at + 300]).max(axis=1) for at in (first, 2 * first))
    assert left[0] > 2 * left[1]
    assert right[1] > 2 * right[0]
    assert right.max() < left.max()


def test_blocks_through_a_room_are_the_whole_through_it():
    random = np.random.default_rng(3)
    response = random.standard_normal((2, BLOCK + 7000)).astype(np.float32) * 0.01
    short = random.standard_normal((2, 900)).astype(np.float32) * 0.01
    played = random.standard_normal((2, 4 * BLOCK)).astype(np.float32)
    played[:, 2 * BLOCK :] = 0.0  # the ring goes on when nothing is played any more
    convolver = rooms.Convolver(response, short)
    heard = [convolver(played[:, at : at + BLOCK]) for at in range(0, 4 * BLOCK, BLOCK)]
    size = 6 * BLOCK
    whole = np.fft.irfft(
        np.fft.rfft(played[0], size) * np.fft.rfft(response, size)
        + np.fft.rfft(played[1], size) * np.fft.rfft(short, size),
        size,
    )[:, : 4 * BLOCK]
    assert np.abs(np.concatenate(heard, axis=1) - whole).max() < 1e-4


def test_a_silent_room_stays_silent():
    convolver = rooms.Convolver(rooms.room("studio"))
    assert not convolver(np.zeros((1, BLOCK), np.float32)).any()
