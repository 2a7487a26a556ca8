"""The table: what was asked of all pieces together, what was measured, what the control got."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from tests.listen import balance

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Criterion:
    """``value`` of a piece (a verdict counts 0 or 1): its mean must reach ``target``, that of ``control`` must not."""

    name: str
    text: str
    target: float
    control: str
    value: Callable[[Row], float | None]
    share: bool = True


def _verdict(name: str) -> Callable[[Row], float | None]:
    return lambda row: row["verdicts"].get(name)


def _heard(name: str) -> Callable[[Row], float | None]:
    return lambda row: row["heard"][name]


def _inside(*measures: str) -> Callable[[Row], float | None]:
    def value(row: Row) -> float:
        flags = balance.inside(row["heard"]["balance"])
        return fmean(flags[measure] for measure in measures)

    return value


# fmt: off
CRITERIA = (
    Criterion("tempo", "within 2 % by two of four trackers; half and double are allowed, thirds in triple time",
              0.9, "random", _verdict("tempo")),
    Criterion("key", "key and mode as asked, by four profiles", 0.9, "random", _verdict("key")),
    Criterion("chords", "time in which the triad heard is in the chord planned", 0.8, "random", _heard("chords")),
    Criterion("tune", "time of the tune in which it stands out", 0.5, "random", _heard("tune")),
    Criterion("beat", "confidence of the beat tracker", 1.9, "random", _heard("beat_confidence"), share=False),
    Criterion("accent", "onsets on planned beats against elsewhere", 1.5, "random", _heard("accent"), share=False),
    Criterion("sections", "boundaries found by novelty within 3 s, from 0 (chance) to 1", 0.4, "random",
              _heard("boundaries"), share=False),
    Criterion("loudness", "−14 LUFS ± 0.5", 1.0, "spoilt", _verdict("loudness")),
    Criterion("true peak", "at most −1 dBTP", 1.0, "spoilt", _verdict("true peak")),
    Criterion("length", "as asked within 0.5 s", 1.0, "spoilt", _verdict("length")),
    Criterion("first sound", "silence before it at most 0.2 s", 1.0, "spoilt", _verdict("first sound")),
    Criterion("DC", "at most 0.001", 1.0, "spoilt", _verdict("DC")),
    Criterion("clipping", "no three samples in a row at full scale", 1.0, "spoilt", _verdict("clipping")),
    Criterion("balance", "of 18 measures of bands, width, crest and range: inside the middle 80 % of recordings",
              0.8, "mono", _inside(*balance.MEASURES)),
    Criterion("width", "of correlation and side by band: inside those of recordings", 0.8, "mono",
              _inside("correlation", *balance.SIDES)),
    Criterion("tone", "of seven bands: inside those of recordings", 0.8, "bright", _inside(*balance.TONES)),
    Criterion("pressure", "of crest and range: inside those of recordings", 0.8, "pressed", _inside("crest", "range")),
    Criterion("folded", "to one channel, at most 1 dB is lost", 0.9, "spoilt", _verdict("folded")),
    Criterion("seams", "no click where blocks meet", 1.0, "spoilt", _verdict("seams")),
    Criterion("faintest", "the faintest part where it plays, at least −30 dB of the whole", 1.0, "none",
              lambda row: row["heard"]["faintest"] >= -30 if "faintest" in row["heard"] else None),
)
# fmt: on


def summary(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """For each criterion: what the pieces reach, what the control does, and whether that is as it should be."""
    lines = []
    for criterion in CRITERIA:
        values = _values(criterion, (row for row in rows if not row["control"]))
        controls = _values(criterion, (row for row in rows if row["control"] == criterion.control))
        value, control = _mean(values), _mean(controls)
        lines.append(
            {
                "name": criterion.name,
                "text": criterion.text,
                "target": criterion.target,
                "value": value,
                "pieces": len(values),
                "control": control,
                "controls": len(controls),
                "met": value is not None and value >= criterion.target,
                "control_fails": control is None or control < criterion.target,
                "share": criterion.share,
            }
        )
    return lines


def by_style(rows: Iterable[Row]) -> dict[str, dict[str, float | None]]:
    """Style → criterion → mean over its pieces, controls left out."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not row["control"]:
            groups[row["style"]].append(row)
    return {
        style: {"pieces": len(group)} | {c.name: _mean(_values(c, group)) for c in CRITERIA}
        for style, group in sorted(groups.items())
    }


def markdown(rows: Sequence[Row], soundfont: str) -> str:
    """The whole report."""
    pieces = [row for row in rows if not row["control"]]
    seconds = sum(row["heard"]["duration"] for row in pieces)
    lines = ["# What was heard", "", f"{len(pieces)} pieces, {seconds / 60:.0f} minutes, played on {soundfont}.", ""]
    lines += [*overall(rows), "", "## Balance", "", *balance_table(rows), ""]
    lines += ["## By style", "", *styles_table(rows), "", "## Piece by piece", ""]
    lines += _table(
        ("piece", "asked", "tempos heard", "key heard", "chords", "tune", "beat", "LUFS", "dBTP", "length", "missed"),
        (_cells(row) for row in rows),
    )
    return "\n".join(lines) + "\n"


def overall(rows: Sequence[Row]) -> list[str]:
    """The table of all criteria."""
    return _table(
        ("measure", "what", "target", "measured", "control", ""),
        (
            (
                line["name"],
                line["text"],
                f"≥ {_number(line['target'], line['share'])}",
                f"{_number(line['value'], line['share'])} ({line['pieces']})",
                f"{_number(line['control'], line['share'])} ({line['controls']})",
                ("met" if line["met"] else "**missed**") + ("" if line["control_fails"] else ", **control passes**"),
            )
            for line in summary(rows)
        ),
    )


def balance_table(rows: Sequence[Row]) -> list[str]:
    """Each measure of the sound: the median of the pieces, of recordings and of orchestras, and who is inside."""
    heard = [row["heard"]["balance"] for row in rows if not row["control"]]
    flags = [balance.inside(one) for one in heard]
    return _table(
        ("measure", "median", "recordings: 10 %", "median", "90 %", "orchestras: median", "inside"),
        (
            (
                measure,
                f"{median(one[measure] for one in heard):.2f}",
                *(f"{figure:.2f}" for figure in balance.REFERENCE["recordings"][measure]),
                f"{balance.REFERENCE['orchestra'][measure][1]:.2f}",
                f"{fmean(one[measure] for one in flags):.0%}",
            )
            for measure in balance.MEASURES
        ),
    )


def styles_table(rows: Sequence[Row]) -> list[str]:
    """One line for each style."""
    return _table(
        ("style", "pieces", *(criterion.name for criterion in CRITERIA)),
        (
            (style, str(means["pieces"]), *(_number(means[c.name], c.share) for c in CRITERIA))
            for style, means in by_style(rows).items()
        ),
    )


def _cells(row: Row) -> tuple[str, ...]:
    heard, asked = row["heard"], row["asked"]
    tempos = " ".join(f"{tempo:.1f}" for tempo in heard["tempos"].values())
    missed = [name for name, passed in row["verdicts"].items() if not passed]
    return (
        row["name"],
        ", ".join(str(value) for value in asked.values()),
        tempos,
        heard["key_heard"],
        _number(heard["chords"], True),
        _number(heard["tune"], True),
        f"{heard['beat_confidence']:.2f}",
        f"{heard['lufs']:.2f}",
        f"{heard['true_peak_db']:.2f}",
        f"{heard['duration']:.2f}",
        ", ".join(missed),
    )


def _values(criterion: Criterion, rows: Iterable[Row]) -> list[float]:
    return [float(value) for value in map(criterion.value, rows) if value is not None]


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _number(value: float | None, share: bool) -> str:
    if value is None:
        return "–"
    return f"{value:.0%}" if share else f"{value:.2f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    return lines + [f"| {' | '.join(row)} |" for row in rows]
