from statistics import fmean

from jobs.music import styles
from jobs.music.brief import MOODS as KNOWN
from jobs.music.composing.compose import compose
from jobs.music.composing.moods import MOODS, moved, touch
from tests.music.briefs import brief
from tests.music.measures import part


def test_every_mood_of_a_brief_does_something():
    assert set(MOODS) == set(KNOWN)
    melody = styles.get("pop").melody
    assert all(moved(melody, (name,)) != melody or touch((name,)) for name in KNOWN)


def test_many_moods_stay_within_bounds():
    melody = moved(styles.get("pop").melody, KNOWN * 3)
    assert 0 <= melody.density <= 1
    assert 0 <= melody.leaps <= 1
    assert 0.4 <= melody.legato <= 1


def test_sad_music_lies_lower_and_is_played_more_softly_than_happy_music():
    happy, sad = (
        [part(compose(brief("pop", moods=(mood,)), seed), "melody").notes for seed in range(5)]
        for mood in ("happy", "sad")
    )
    assert fmean(note.pitch for notes in sad for note in notes) < fmean(note.pitch for notes in happy for note in notes)
    assert fmean(n.velocity for notes in sad for n in notes) < fmean(n.velocity for notes in happy for n in notes)


def test_playful_music_is_short_of_breath():
    plain, playful = (compose(brief("folk", moods=moods), 2) for moods in ((), ("playful",)))
    lengths = [[note.length for note in part(score, "melody").notes if note.length < 0.6] for score in (plain, playful)]
    assert fmean(lengths[1]) < fmean(lengths[0])
