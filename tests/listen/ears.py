"""One order: made by the real chain, or taken from the last run, heard, and compared with what was asked."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import essentia
import numpy as np
import soundfile

from jobs.music import styles
from jobs.music.brief import Brief
from jobs.music.composing.compose import compose
from jobs.music.piece import produce
from jobs.music.score import Score
from jobs.music.sound.filters import BLOCK
from jobs.music.sound.soundfont import Bank
from jobs.music.styles.metres import compound
from jobs.music.words.understand import understand
from tests.listen.corpus import Order
from tests.music.measures import randomised

# A cached beat tracker crashes in numba's loader; each process compiles its own. Read when librosa is imported.
os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="listen-")
from tests.listen import balance, damage, harmony, level, rhythm, sections

essentia.log.infoActive = False
ROOT = Path(__file__).resolve().parents[2]


def fingerprint(*folders: str) -> str:
    """Of all files in these folders of the checkout: what was made by other code is made again."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".toml"):
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def hear(order: Order, pieces: Path, bank: Bank) -> dict[str, Any]:
    """The row of the report for one order. ``pieces``: where what was made is kept; ``bank``: the SoundFont."""
    words = json.dumps(order.to_json(), sort_keys=True) + bank.name
    folder = pieces / f"{order.name}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"
    kept = folder / f"heard-{fingerprint('tests/listen')}.json"
    if kept.is_file():
        return json.loads(kept.read_text())
    brief = understand(order.prompt, order.options, order.seed)
    score = compose(brief, order.seed)
    audio = folder / "audio.mp3"  # beside it a FLAC, whose frames are those of the desk
    if not audio.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        heard_score = randomised(score, order.seed) if order.control == "random" else score
        banks = {"soundfont": bank.path, "cache": bank.patches and bank.patches.parent}
        produce(heard_score, brief, order.seed, folder, _silent, **banks, outputs=("mp3", "flac"))
    row = _row(order, brief, score) | {"audio": audio.relative_to(pieces.parent).as_posix()}
    if order.control and order.control != "random":
        audio = damage.damaged(audio, order.control)
    row["heard"] = _listen(audio, brief, score)
    if not order.control:
        row["heard"]["faintest"] = balance.faintest(score, bank)
    row["verdicts"] = verdicts(order.asked, brief, row["heard"])
    kept.write_text(json.dumps(row, ensure_ascii=False))
    return row


def verdicts(asked: Mapping[str, Any], brief: Brief, heard: Mapping[str, Any]) -> dict[str, bool]:
    """Criterion → whether the piece meets it; what was not asked is not judged."""
    found = {
        "length": abs(heard["duration"] - asked["duration"]) <= 0.5,
        "loudness": abs(heard["lufs"] + 14) <= 0.5,
        "true peak": heard["true_peak_db"] <= -1.0,
        "first sound": heard["first_sound"] <= 0.2,
        "DC": heard["dc"] <= 0.001,
        "clipping": not heard["clipped"],
        "folded": heard["balance"]["mono_loss"] <= 1.0,
        "seams": heard["clicks"] == 0,
    }
    if "tempo" in asked:
        triple = brief.metre != "4/4" or styles.get(brief.style).swing > 0
        found["tempo"] = rhythm.right_tempo(list(heard["tempos"].values()), asked["tempo"], triple)
    if "key" in asked:
        found["key"] = harmony.relation(asked["key"], heard["key_heard"]) == "same"
    return found


def _row(order: Order, brief: Brief, score: Score) -> dict[str, Any]:
    return {
        "name": order.name,
        "prompt": order.prompt,
        "seed": order.seed,
        "control": order.control,
        "asked": dict(order.asked),
        "style": brief.style,
        "title": brief.title,
        "understood": {"tempo": brief.tempo, "key": brief.key, "metre": brief.metre, "duration": brief.duration},
        "played": {"tempo": score.tempos[0].bpm / (1.5 if compound(brief.metre) else 1)},
        "instruments": {part.name: part.instrument for part in score.parts if part.notes},
        "sections": [section.name for section in score.sections],
    }


def _listen(audio: Path, brief: Brief, score: Score) -> dict[str, Any]:
    samples, rate = soundfile.read(audio, dtype="float32", always_2d=True)
    mono = np.ascontiguousarray(samples.mean(axis=1))
    heard = level.signal(samples, rate) | level.loudness(audio, samples, rate)
    heard["balance"] = balance.measure(samples.T, rate)
    heard["clicks"] = level.clicks(_frames(audio), BLOCK)
    heard |= rhythm.rhythm(mono, rate)
    strength, beats = heard.pop("strength"), heard.pop("beats")
    pulse = 1.5 if compound(brief.metre) else 1.0
    planned = [score.seconds(beat) for beat in np.arange(0, score.beats, pulse)]
    heard["accent"] = rhythm.accent(strength, rate, planned)
    heard |= harmony.key(mono, rate, brief.mode) | harmony.chords(mono, rate, beats, score)
    heard["tune"] = harmony.tune(mono, rate, score)
    heard["boundaries"] = sections.found(mono, rate, [score.seconds(section.start) for section in score.sections[1:]])
    return heard


def _frames(audio: Path) -> np.ndarray:
    """The sound (2, frames) with its frames where the desk had them: an MP3 has them elsewhere."""
    lossless = audio.with_name("audio.flac") if audio.suffix == ".mp3" else audio
    return soundfile.read(lossless, dtype="float32", always_2d=True)[0].T


def _silent(_stage: str, _share: float) -> None:
    """Nobody watches."""
