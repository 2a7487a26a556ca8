"""Whose a piece is, in the words that its files carry."""

from __future__ import annotations

from collections.abc import Sequence


def rights_of(soundfont: str, credited: Sequence[str] = ()) -> str:
    """Of a piece by our composer, played on the sound bank of that name ("": on none, it is on paper).

    ``credited``: whose recordings are heard beside it.
    """
    played = f" Played on the sounds of {soundfont}." if soundfont else ""
    played += f" Recordings by {'; '.join(credited)}, changed." if credited else ""
    return f"Composed by a program for the person who ordered it, who may use it freely.{played}"


def rights_under(engine: str, licence: str) -> str:
    """Of what another engine makes under a licence; "" where none is known."""
    return f"Made by {engine}; licence of what it makes: {licence}." if licence else ""
