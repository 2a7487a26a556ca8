"""How fast the composer is: ``python -m tests.bench.music [--json FILE] [--runs N] [--cache FOLDER] [SECONDS …]``.

From the prompt to the finished MP3 on disk, in one warm process, as seconds of music per second. Beside it, in the same
rounds, the limit: the synthesizer alone, in one thread, playing the MIDI file of the same piece to nowhere.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from jobs.music.composing import compose as composing
from jobs.music.composing.compose import compose
from jobs.music.files.encode import write_mp3
from jobs.music.piece import make
from jobs.music.sound import mix, soundfont, synth
from jobs.music.sound.finish import finish
from jobs.music.sound.fluid import SAMPLE_RATE, library
from jobs.music.sound.master import master
from jobs.music.sound.soundfont import Bank
from jobs.music.words.understand import understand

PROMPT = "uplifting pop with piano, strings, bass and drums, 110 bpm, C major"
SEED = 1
PEERS = (  # the README of ace-step/ACE-Step, "Hardware Performance": 27 steps, batch size 1
    ("ACE-Step v1 3.5B, NVIDIA A100 (published)", 27.27),
    ("ACE-Step v1 3.5B, MacBook M2 Max (published)", 2.27),
)
_BLOCK = 32_768  # frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="*", type=float, default=[30.0, 60.0, 180.0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path("var/soundfonts"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bank = soundfont.find(cache=options.cache)
    rows = [measure(seconds, options.runs, bank) for seconds in options.seconds]
    report = {
        "soundfont": bank.name,
        "cores": os.cpu_count(),
        "rows": rows,
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "costs_s": costs(max(options.seconds), bank),
        "peers": dict(PEERS),
    }
    say(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1))


def measure(seconds: float, runs: int, bank: Bank) -> dict[str, float]:
    """Medians over ``runs`` rounds of whole and limit, after one of each that does not count."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        whole, limit, cpu = [], [], []
        for _ in range(runs + 1):
            forget()
            started = time.process_time()
            whole.append(timed(lambda: produce(seconds, folder, bank)))
            cpu.append(time.process_time() - started)
            limit.append(timed(lambda: play(folder / "score.mid", bank.path)))
    wall, alone = statistics.median(whole[1:]), statistics.median(limit[1:])
    return {
        "music_s": seconds,
        "whole_s": wall,
        "whole_spread_s": max(whole[1:]) - min(whole[1:]),
        "whole_cpu_s": statistics.median(cpu[1:]),
        "first_s": whole[0],
        "times_real_time": seconds / wall,
        "synthesizer_s": alone,
        "synthesizer_times_real_time": seconds / alone,
        "synthesizer_share": alone / wall,
    }


def forget() -> None:
    """The notes of the pieces that were made last: the same one is not composed twice."""
    composing._planned.cache_clear()
    composing._played.cache_clear()


def costs(seconds: float, bank: Bank) -> dict[str, float]:
    """CPU seconds of each part of one piece, in a process that has made one before."""
    brief = understand(PROMPT, {"duration": seconds}, SEED)
    spent: dict[str, float] = {}

    def clocked(name: str, work: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = work()
        spent[name] = time.process_time() - started
        return result

    forget()
    score = clocked("notes", lambda: compose(brief, SEED))
    frames = round(score.duration * SAMPLE_RATE)
    strips, voices = clocked("levels and seats", lambda: mix.layout(score, bank))
    clocked("synthesizer", lambda: [None for _ in synth.play(score, bank, voices, len(strips), frames)])
    mixed = clocked("desk and rooms", lambda: mix.render(score, bank, _nobody))
    spent["desk and rooms"] -= spent["synthesizer"] + spent["levels and seats"]
    clocked("bus", lambda: finish(mixed, score, SEED, _nobody))
    clocked("master", lambda: master(mixed, _nobody, score.mix.loudness))
    with TemporaryDirectory() as name:
        clocked("MP3", lambda: write_mp3(mixed.samples, mixed.frames, Path(name, "a.mp3"), {}, {}, _nobody))
    return spent


def _nobody(_share: float) -> None:
    """Nobody watches."""


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def produce(seconds: float, folder: Path, bank: Bank) -> None:
    brief = understand(PROMPT, {"duration": seconds}, SEED)
    make(
        brief,
        SEED,
        folder,
        lambda _stage, _share: None,
        soundfont=bank.path,
        cache=bank.patches and bank.patches.parent,
    )


def play(midi: Path, bank: Path) -> None:
    """The same notes by fluidsynth's own player: reverb and chorus on, two channels, samples loaded beforehand."""
    lib = library()
    for function in ("new_fluid_player", "delete_fluid_player"):
        getattr(lib, function).argtypes = [ctypes.c_void_p]
    lib.new_fluid_player.restype = ctypes.c_void_p
    lib.fluid_player_add.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    lib.fluid_settings_setstr.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    for function in ("fluid_player_play", "fluid_player_get_status"):
        getattr(lib, function).argtypes = [ctypes.c_void_p]
    settings = lib.new_fluid_settings()
    lib.fluid_settings_setnum(settings, b"synth.sample-rate", SAMPLE_RATE)
    lib.fluid_settings_setint(settings, b"synth.dynamic-sample-loading", 1)
    lib.fluid_settings_setstr(settings, b"player.timing-source", b"sample")
    synth = lib.new_fluid_synth(settings)
    lib.fluid_synth_sfload(synth, os.fsencode(bank), 1)
    player = lib.new_fluid_player(synth)
    lib.fluid_player_add(player, os.fsencode(midi))
    lib.fluid_player_play(player)
    samples = np.zeros((2, _BLOCK), np.float32)
    left, right = (row.ctypes.data for row in samples)
    playing = 1
    while lib.fluid_player_get_status(player) == playing:
        lib.fluid_synth_write_float(synth, _BLOCK, left, 0, 1, right, 0, 1)
    lib.delete_fluid_player(player)
    lib.delete_fluid_synth(synth)
    lib.delete_fluid_settings(settings)


def say(report: dict) -> None:
    write = sys.stdout.write
    write(f"{report['soundfont']}, {report['cores']} cores, peak {report['peak_rss_mib']:.0f} MiB\n\n")
    write("| music | prompt to MP3 | spread | CPU | × real time | synthesizer alone | its × | its share |\n")
    write("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
    for row in report["rows"]:
        cells = (
            f"{row['music_s']:.0f} s",
            f"{row['whole_s']:.2f} s",
            f"{row['whole_spread_s']:.2f} s",
            f"{row['whole_cpu_s']:.2f} s",
            f"{row['times_real_time']:.1f}",
            f"{row['synthesizer_s']:.2f} s",
            f"{row['synthesizer_times_real_time']:.1f}",
            f"{row['synthesizer_share']:.0%}",
        )
        write(f"| {' | '.join(cells)} |\n")
    for name, spent in report["costs_s"].items():
        write(f"| of the longest, CPU: {name} | {spent:.2f} s | | | | | | |\n")
    for name, times in report["peers"].items():
        write(f"| {name} | | | | {times:.1f} | | | |\n")


if __name__ == "__main__":
    main()
