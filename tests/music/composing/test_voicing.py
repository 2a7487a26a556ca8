from jobs.music.composing.voicing import fold, movement, nearest, placements

C, F, G7 = (0, 4, 7), (5, 9, 0), (7, 11, 2, 5)


def test_it_keeps_common_tones():
    first = nearest(C, 3, 55, 76, None)
    second = nearest(F, 3, 55, 76, first)
    assert set(first) & set(second)
    assert movement(first, second) <= 2


def test_it_keeps_the_triad_when_voices_are_few():
    assert {pitch % 12 for pitch in nearest(G7, 3, 55, 76, None)} == {7, 11, 2}


def test_it_stays_in_the_register():
    for tones in (C, F, G7):
        assert all(55 <= pitch <= 76 for pitch in nearest(tones, 4, 55, 76, None))


def test_it_places_no_low_thirds():
    for pitches in placements(C, 36, 60):
        low = [b - a for a, b in zip(pitches, pitches[1:], strict=False) if a < 50]
        assert all(gap >= 5 for gap in low)


def test_it_folds_into_a_range():
    assert fold(30, 48, 72) == 54
    assert fold(90, 48, 72) == 66
    assert fold(60, 48, 72) == 60
