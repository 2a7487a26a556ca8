"""``make composed``: how far the tunes of all styles are from those that people wrote, and the control beside them."""

from __future__ import annotations

import argparse
from statistics import fmean

from jobs.music import styles
from jobs.music.composing.compose import compose
from tests.music.briefs import brief
from tests.music.composed.distance import distances, shuffled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    scores = [
        compose(brief(style, duration=options.seconds), seed)
        for style in options.only or styles.all_ids()
        for seed in range(1, options.seeds + 1)
    ]
    ours = distances(scores)
    control = distances([shuffled(score, index) for index, score in enumerate(scores)])
    print("Cliff's delta against pieces by people (0: alike, ±1: no overlap)")
    print(f"{'feature':24s}{'composed':>10s}{'shuffled':>10s}")
    for name in sorted(ours, key=lambda name: -abs(ours[name])):
        print(f"{name:24s}{ours[name]:10.2f}{control.get(name, 0.0):10.2f}")
    for prefix, what in (("m_", "melody"), ("a_", "arrangement")):
        means = [fmean(abs(d) for n, d in table.items() if n.startswith(prefix)) for table in (ours, control)]
        print(f"{'mean of ' + what:24s}{means[0]:10.2f}{means[1]:10.2f}")


if __name__ == "__main__":
    main()
