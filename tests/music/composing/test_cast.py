from random import Random

import pytest

from jobs.music import styles
from jobs.music.composing.cast import ACCOMPANYING, FADING, cast, with_relief


@pytest.mark.parametrize("style", ["gospel", "japanese", "lofi", "post_punk"])
def test_nobody_accompanies_on_the_instrument_of_the_tune_who_has_another(style: str) -> None:
    for seed in range(20):
        players = cast(styles.get(style), (), (), Random(seed))
        tune = next(player.instrument for player in players if player.part.role == "melody")
        around = [player for player in players if player.part.role in ACCOMPANYING and len(player.part.instruments) > 1]
        assert all(player.instrument is not tune for player in around)


def test_two_hands_stay_on_one_piano() -> None:
    hands = {player.instrument.id for player in cast(styles.get("piano"), (), (), Random(1))}
    assert hands == {"piano"}


def test_a_pianist_in_a_band_does_not_play_the_absent_guitar() -> None:
    others = ("mallets", "organ", "woodwind", "guitar", "strings", "plucked", "choir", "brass", "synth", "pad")
    trio = cast(styles.get("jazz"), ("piano", "upright_bass", "jazz_drums"), others, Random(1))
    assert {player.part.name for player in trio} == {"lead", "piano", "bass", "drums"}
    alone = cast(styles.get("jazz"), ("piano",), (*others, "bass", "drums"), Random(1))
    assert {player.part.name for player in alone} == {"lead", "piano", "guitar"}


@pytest.mark.parametrize("style", ["jazz", "waltz", "cinematic", "ballad"])
def test_who_takes_turns_with_the_lead_sounds_otherwise(style: str) -> None:
    for seed in range(10):
        players = cast(styles.get(style), (), (), Random(seed))
        band = with_relief(players, (), Random(seed))
        (relief,) = (player for player in band if player not in players)
        lead = next(player for player in band if player.part.name == relief.relieves)
        assert relief.part.instruments == lead.part.instruments
        assert relief.instrument not in {player.instrument for player in players}
        assert relief.instrument.family not in (lead.instrument.family, *FADING)


def test_nobody_takes_turns_with_who_was_asked_for() -> None:
    asked = cast(styles.get("jazz"), ("tenor_sax",), (), Random(1))
    assert with_relief(asked, (), Random(1)) == asked
    alone = cast(styles.get("piano"), (), (), Random(1))
    assert with_relief(alone, (), Random(1)) == alone
