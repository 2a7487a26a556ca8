import pytest

from jobs.music.files.practice import practised
from jobs.music.formats import parse
from jobs.music.score import Note, Part, Tempo
from tests.music.handmade import solo, song


def of(score, **settings):
    query = "&".join(f"{name}={value}" for name, value in settings.items())
    return practised(score, parse(f"audio?{query}"))


def test_what_is_usual_is_the_piece_itself():
    assert practised(song(12.0), parse("audio?bitrate=320")) == song(12.0)


@pytest.mark.parametrize(("left_out", "roles"), [("melody", {"melody"}), ("drums", {"drums", "percussion"})])
def test_a_part_is_left_out_and_the_others_stay(left_out, roles):
    score = song(12.0)
    assert of(score, without=left_out).parts == tuple(part for part in score.parts if part.role not in roles)


def test_where_there_is_nothing_else_it_stays():
    alone = solo(parts=(Part("a", "melody", "piano", (Note(0.0, 1.0, 60, 90),)),))
    assert of(alone, without="melody") == alone


def test_slower_is_the_same_notes_in_more_time():
    score, slow = song(12.0), of(song(12.0), tempo=75)
    assert slow.parts == score.parts
    assert slow.tempos[0].bpm == pytest.approx(75.0)
    assert slow.duration == pytest.approx(16.0)
    assert slow.seconds(8.0) == pytest.approx(score.seconds(8.0) / 0.75)


@pytest.mark.parametrize(("metre", "clicks", "beats"), [((4, 4), 4, 4.0), ((3, 4), 3, 3.0), ((6, 8), 2, 3.0)])
def test_a_bar_is_counted_in(metre, clicks, beats):
    score = solo(metre=metre, tempos=(Tempo(0.0, 60.0), Tempo(4.0, 90.0)))
    counted = of(score, count_in=1)
    *others, count = counted.parts
    assert len(count.notes) == clicks
    assert count.notes[0].velocity > count.notes[1].velocity
    assert [note.start - beats for note in others[0].notes] == [note.start for note in score.parts[0].notes]
    assert counted.tempos == (Tempo(0.0, 60.0), Tempo(4.0 + beats, 90.0))
    assert counted.duration == pytest.approx(score.duration + beats)
    assert [section.start for section in counted.sections] == [section.start + beats for section in score.sections]
