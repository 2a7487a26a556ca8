"""What is rendered: every style by seed, prompts in English and Korean, and the controls that must fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from jobs.music import styles
from jobs.music.brief import TONICS

SECONDS = (36.0, 42.0)  # by seed, of the pieces that stand for their style
LONG = 90.0  # of the first piece of these styles: boundaries of sections are heard in long pieces
# fmt: off
LASTING = (
    "ballad", "celtic", "chiptune", "classical", "disco", "folk", "funk", "hiphop", "metal", "reggae", "soul", "techno",
)
# fmt: on
Control = Literal["", "random", "spoilt", "mono", "bright", "pressed"]


@dataclass(frozen=True, slots=True)
class Order:
    """One piece to make. ``asked`` is what must be heard, written down here and not taken from what was understood.

    ``control``: "random" plays as many notes at random places and pitches; the others damage the finished sound.
    """

    name: str
    prompt: str
    seed: int
    asked: Mapping[str, Any]  # tempo (bpm; in 6/8 dotted quarters), key, metre, duration (s)
    options: Mapping[str, Any] = field(default_factory=dict)
    control: Control = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


# fmt: off
PROMPTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("calm lo-fi piano, 80 bpm, A minor, 40 seconds", {"tempo": 80, "key": "A minor", "duration": 40}),
    ("uplifting pop with piano and strings in C major, 120 bpm, 45 s",
     {"tempo": 120, "key": "C major", "duration": 45}),
    ("dark techno at 132 bpm in F minor, half a minute", {"tempo": 132, "key": "F minor", "duration": 30}),
    ("a slow waltz for piano and violin in D minor, 3/4, 40 s", {"key": "D minor", "metre": "3/4", "duration": 40}),
    ("only piano and cello, sad, 66 bpm, E minor, 40 seconds", {"tempo": 66, "key": "E minor", "duration": 40}),
    ("an Irish jig in 6/8, G major, 30 seconds", {"key": "G major", "metre": "6/8", "duration": 30}),
    ("epic orchestral trailer in D minor, builds up, 90 seconds", {"key": "D minor", "duration": 90}),
    ("funk with slap bass and brass, 104 bpm, E minor, 35 s", {"tempo": 104, "key": "E minor", "duration": 35}),
    ("drum and bass at 174 in A minor, 45 s", {"tempo": 174, "key": "A minor", "duration": 45}),
    ("bossa nova guitar and flute, 130 bpm, F major, 40 s", {"tempo": 130, "key": "F major", "duration": 40}),
    ("8-bit boss fight in E minor, 160 bpm, 30 seconds", {"tempo": 160, "key": "E minor", "duration": 30}),
    ("rock without drums in A major, 118 bpm, 35 s", {"tempo": 118, "key": "A major", "duration": 35}),
    ("pop ballad in Eb major, 72 bpm, 2 minutes", {"tempo": 72, "key": "Eb major", "duration": 120}),
    ("synthwave, 100 bpm, B minor, 1 min 30", {"tempo": 100, "key": "B minor", "duration": 90}),
    ("잔잔한 피아노 발라드, 70 bpm, 다장조, 40초", {"tempo": 70, "key": "C major", "duration": 40}),
    ("신나는 하우스 음악 126 bpm 가단조 45초", {"tempo": 126, "key": "A minor", "duration": 45}),
    ("재즈 피아노 트리오, 140 bpm, F 장조, 40초", {"tempo": 140, "key": "F major", "duration": 40}),
    ("드럼 없이 어쿠스틱 포크, G 장조, 96 bpm, 35초", {"tempo": 96, "key": "G major", "duration": 35}),
    ("느린 왈츠, 사단조, 3/4박자, 40초", {"key": "G minor", "metre": "3/4", "duration": 40}),
    ("어두운 트랩, 140 bpm, C# 단조, 30초", {"tempo": 140, "key": "C# minor", "duration": 30}),
    ("트로트 130 bpm 라단조 1분", {"tempo": 130, "key": "D minor", "duration": 60}),
    ("명상을 위한 앰비언트, D 장조, 1분 30초", {"key": "D major", "duration": 90}),
)
# fmt: on
EVERY: dict[Control, int] = {"random": 6, "spoilt": 12, "mono": 24, "bright": 24, "pressed": 24}  # a control to so many


def orders(seeds: int = 2, prompts: bool = True, only: str = "") -> list[Order]:
    """The corpus and its controls; ``only`` keeps the pieces whose name or prompt has one of these texts in it."""
    texts = only.split(",")
    chosen = [
        order for order in _pieces(seeds, prompts) if any(text in order.name or text in order.prompt for text in texts)
    ]
    return chosen + [_control(order, control) for control, every in EVERY.items() for order in chosen[::every]]


def _pieces(seeds: int, prompts: bool) -> Iterator[Order]:
    for index, name in enumerate(styles.all_ids()):
        style = styles.get(name)
        for seed in range(1, seeds + 1):
            modes = list(style.modes)
            key = f"{TONICS[(5 * index + 7 * seed) % 12]} {modes[(seed - 1) % len(modes)]}"
            low, high = style.tempo
            tempo = round(low + (high - low) * (0.35 if seed % 2 else 0.7))
            metre = style.metres[(seed - 1) % len(style.metres)]
            duration = LONG if seed == 1 and name in LASTING else SECONDS[(seed - 1) % len(SECONDS)]
            asked = {"tempo": tempo, "key": key, "metre": metre, "duration": duration}
            yield Order(f"{name}-{seed}", style.name, seed, asked, {"style": name} | asked)
    for index, (prompt, asked) in enumerate(PROMPTS if prompts else (), 1):
        yield Order(f"prompt-{index:02}", prompt, index, asked)


def _control(order: Order, control: Control) -> Order:
    return Order(f"{order.name}-{control}", order.prompt, order.seed, order.asked, order.options, control)
