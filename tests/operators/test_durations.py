from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jobs.operators.durations import in_words, parse_moment, parse_span


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259_200), ("4w", 2_419_200), (" 1.5H ", 5400)]
)
def test_it_reads_spans(text: str, seconds: float) -> None:
    assert parse_span(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "-2h", "2y", "2h3m", "9999999d", "٣h\0", "1e3d"])
def test_it_refuses_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="no span of time"):
        parse_span(text)


def test_it_reads_moments() -> None:
    assert abs(parse_moment("2h") - (timezone.now() - timedelta(hours=2))) < timedelta(seconds=5)
    assert parse_moment("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    assert parse_moment("2026-01-31T12:00+09:00") == datetime(2026, 1, 31, 3, tzinfo=UTC)
    for text in ("yesterday", "2026-02-30", "999999d"):
        with pytest.raises(ValueError, match="is no time"):
            parse_moment(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0.0 s"), (0.44, "0.4 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"),
        (7800, "2 h 10 min"), (86_399.9, "1 d 0 h"), (356_400, "4 d 3 h"),
    ],
)  # fmt: skip
def test_it_says_spans(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
