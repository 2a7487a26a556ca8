"""How a piece is balanced: energy by band, width by band, crest, range; beside what was measured of recordings.

``python -m tests.listen.balance [--only STYLE,STYLE] [--seconds 40] [--seed 1] [--keep FOLDER]`` renders one piece of
each style without what encodes and listens, and prints the table: 2 s a style.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np
import soundfile

from jobs.music.score import Score
from jobs.music.sound.soundfont import Bank

BANDS = (
    ("sub", 20, 60), ("bass", 60, 250), ("lowmid", 250, 800), ("mid", 800, 2500), ("presence", 2500, 5000),
    ("high", 5000, 10_000), ("air", 10_000, 16_000),
)  # fmt: skip
TONES = tuple(name for name, _, _ in BANDS)
SIDES = tuple(f"side_{name}" for name in TONES)
MEASURES = (*TONES, *SIDES, "correlation", "crest", "range", "mono_loss")
_SIZE = 8192
_MIDDLE = 30.0  # seconds that are measured

# p10, median and p90 of each measure, of 94 pieces of people and 28 of a neural system; and of 34 orchestral ones.
REFERENCE: Mapping[str, Mapping[str, Sequence[float]]] = {
    name: figures
    for name, figures in json.loads(Path(__file__).with_name("reference.json").read_text()).items()
    if name != "what"
}


def measure(samples: np.ndarray, rate: int) -> dict[str, float]:
    """The MEASURES of ``samples`` (2, frames): of their middle 30 s. Bands and sides in dB, crest and range too."""
    start = max(0, samples.shape[1] - round(_MIDDLE * rate)) // 2
    x = samples[:, start : start + round(_MIDDLE * rate)].astype(np.float64)
    middle, side = (x[0] + x[1]) / 2, (x[0] - x[1]) / 2
    of_middle, of_side = _spectrum(middle), _spectrum(side)
    frequency = np.fft.rfftfreq(_SIZE, 1 / rate)
    total = float((of_middle + of_side).sum())
    found = {}
    for name, low, high in BANDS:
        inside = (frequency >= low) & (frequency < high)
        found[name] = _decibels((of_middle + of_side)[inside].sum(), total)
        found[f"side_{name}"] = _decibels(of_side[inside].sum(), of_middle[inside].sum())
    power = float((x**2).mean())
    found["correlation"] = float(np.corrcoef(x)[0, 1]) if power else 1.0
    found["crest"] = _decibels(np.abs(x).max() ** 2, power)
    starts = range(0, x.shape[1] - rate, rate // 2)
    levels = 10 * np.log10(np.array([(x[:, at : at + rate] ** 2).mean() for at in starts]) + 1e-12)
    levels = levels[levels > levels.max() - 40]
    found["range"] = float(np.percentile(levels, 95) - np.percentile(levels, 10))
    found["mono_loss"] = _decibels(power, (middle**2).mean())
    return {name: round(value, 3) for name, value in found.items()}


def inside(heard: Mapping[str, float], kind: str = "recordings") -> dict[str, bool]:
    """Measure → whether it is inside the middle 80 % of the references of this kind."""
    reference = REFERENCE[kind]
    return {name: reference[name][0] <= heard[name] <= reference[name][2] for name in MEASURES}


def share(heard: Mapping[str, float], kind: str = "recordings") -> float:
    """The share of the measures that are inside."""
    return float(np.mean(list(inside(heard, kind).values())))


def table(rows: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Lines: each piece, the medians, the references."""
    lines = [f"{'':16}" + "".join(f"{name.replace('side_', 's.')[:8]:>9}" for name in MEASURES) + "   inside"]
    for name, heard in rows.items():
        flags = inside(heard)
        cells = "".join(f"{heard[m]:8.2f}{' ' if flags[m] else '*'}" for m in MEASURES)
        lines.append(f"{name[:16]:16}{cells}   {share(heard):.0%}")
    middle = {m: median(heard[m] for heard in rows.values()) for m in MEASURES}
    whole = np.mean([share(heard) for heard in rows.values()])
    lines.append(f"{'median':16}" + "".join(f"{middle[m]:8.2f} " for m in MEASURES) + f"   {whole:.0%}")
    hits = {m: np.mean([inside(heard)[m] for heard in rows.values()]) for m in MEASURES}
    lines.append(f"{'inside':16}" + "".join(f"{hits[m]:8.0%} " for m in MEASURES))
    for kind, figures in REFERENCE.items():
        for place, word in enumerate(("p10", "median", "p90")):
            lines.append(f"{kind[:10] + ' ' + word:16}" + "".join(f"{figures[m][place]:8.2f} " for m in MEASURES))
    return lines


def _spectrum(channel: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(channel, _SIZE)[:: _SIZE // 2]
    return (np.abs(np.fft.rfft(windows * np.hanning(_SIZE))) ** 2).sum(axis=0)


def _decibels(power: float, against: float) -> float:
    return float(10 * np.log10((power + 1e-12) / (against + 1e-12)))


def rendered(style: str, seed: int, seconds: float, bank: Bank) -> tuple[np.ndarray, int]:
    """One piece of the style, mastered: (2, frames) and their rate."""
    from jobs.music.composing.compose import compose
    from jobs.music.sound import finish, master, mix
    from jobs.music.sound.fluid import SAMPLE_RATE
    from jobs.music.words.understand import understand

    score = compose(understand(style, {"style": style, "duration": seconds}, seed), seed)
    mixed = mix.render(score, bank, _nobody)
    finish.finish(mixed, score, seed, _nobody)
    master.master(mixed, _nobody, score.mix.loudness)
    return mixed.samples[:, : mixed.frames], SAMPLE_RATE


def faintest(score: Score, bank: Bank) -> float:
    """How loud the faintest part is, in dB of the whole, over the tenths of a second in which it plays."""
    from jobs.music.sound import mix, synth
    from jobs.music.sound.filters import BLOCK
    from jobs.music.sound.fluid import SAMPLE_RATE

    strips, voices = mix.layout(score, bank)
    frames = round(score.duration * SAMPLE_RATE)
    desk = mix.Desk(score, strips, -(-frames // BLOCK) * BLOCK)
    powers: dict[str, list[np.ndarray]] = {}
    for blocks in synth.play(score, bank, voices, len(strips), frames):
        whole = np.zeros((2, BLOCK), np.float32)
        for name, samples in desk.strips(blocks):
            powers.setdefault(name, []).append(_tenths(samples))
            whole += samples
        powers.setdefault("", []).append(_tenths(whole))
    found = {name: np.concatenate(rows) for name, rows in powers.items()}
    whole_power = found.pop("")
    plays = {name: power > 0.01 * power.max() for name, power in found.items()}
    return min(_decibels(power[plays[n]].sum(), whole_power[plays[n]].sum()) for n, power in found.items())


def _tenths(samples: np.ndarray) -> np.ndarray:
    """The power of each of eight parts of a block (a tenth of a second), both channels together."""
    return (samples.reshape(samples.shape[0], 8, -1).astype(np.float64) ** 2).mean(axis=2).mean(axis=0)


def _nobody(_share: float) -> None:
    """Nobody watches."""


def _row(style: str, seed: int, seconds: float, bank: Bank, keep: Path | None) -> dict[str, float]:
    samples, rate = rendered(style, seed, seconds, bank)
    if keep is not None:
        soundfile.write(keep / f"{style}-{seed}.flac", np.clip(samples, -1, 1).T, rate)
    return measure(samples, rate)


def main(arguments: Iterable[str] | None = None) -> None:
    from jobs.music import styles
    from jobs.music.sound import soundfont

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="styles, with commas between them")
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the sound")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=Path("var/soundfonts"))
    options = parser.parse_args(arguments if arguments is None else list(arguments))
    names = [name for name in options.only.split(",") if name] or styles.all_ids()
    bank = soundfont.find(cache=options.cache)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.processes, multiprocessing.get_context("spawn")) as pool:
        jobs = {n: pool.submit(_row, n, options.seed, options.seconds, bank, options.keep) for n in names}
        rows = {name: job.result() for name, job in jobs.items()}
    sys.stdout.write("\n".join(table(rows)) + "\n")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
