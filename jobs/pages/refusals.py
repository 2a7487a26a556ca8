"""What the composer refuses of a track's edit, in the language of whoever reads it."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from jobs.music.note_text import name_of
from jobs.pages import labels


def in_words(text: str) -> str:
    """The sentence for what ``editing.read`` and its document say; what is not known stays as it is."""
    for pattern, sentence in _SENTENCES:
        if match := re.search(pattern, text):
            return sentence(match)
    return text


_SENTENCES: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"'(.+)' is not a chord", lambda match: _("“%(chord)s” is not a chord.") % {"chord": match[1]}),
    (
        r"'(\w+)' does not play",
        lambda match: _("%(instrument)s does not play that.") % {"instrument": labels.instrument_name(match[1])},
    ),
    (
        r"(\w+) plays from (\d+) to (\d+)",
        lambda match: (
            _("%(instrument)s plays from %(low)s to %(high)s.")
            % {
                "instrument": labels.instrument_name(match[1]),
                "low": name_of(int(match[2]), 0, "major"),
                "high": name_of(int(match[3]), 0, "major"),
            }
        ),
    ),
    (
        r"the section is ([\d.]+) beats long",
        lambda match: _("The section is %(beats)s beats long; a note begins later.") % {"beats": match[1]},
    ),
    (
        r"the document is larger than (\d+) kB",
        lambda match: _("So many changes are more than %(size)s kB; some notes have to go.") % {"size": match[1]},
    ),
    (r"more than (\d+) notes", lambda match: _("At most %(count)s notes can be drawn.") % {"count": match[1]}),
    ("not both", lambda _match: _("Write chords by their names (Am F C G) or as numerals (ii7 V7 Imaj7), not both.")),
    (
        r"the piece would be (\d+) seconds long",
        lambda match: (
            _("The piece would be %(length)s long; from 0:05 to 5:00 is possible.")
            % {"length": labels.clock(float(match[1]))}
        ),
    ),
    ("would need a tempo", lambda _match: _("No tempo makes it that long; take bars away, or add some.")),
    ("nobody is left", lambda _match: _("Nobody would be left to play.")),
)
