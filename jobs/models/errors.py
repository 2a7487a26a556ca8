"""Error codes that a job can end with, in words for people, and the errors of the domain."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

AWAY = (OperationalError, InterfaceError)  # what a database raises that is locked, full, restarting or gone

CANCELLED = "cancelled"
LOST = "worker_lost"
TIMEOUT = "timeout"
INTERNAL = "internal_error"

# What a person reads; a code without an entry shows the message that came with it.
MESSAGES = {
    CANCELLED: _("You cancelled this piece."),
    LOST: _("The machine that was making this piece stopped, several times in a row. Please try again."),
    TIMEOUT: _("Making this piece took too long and was stopped. A shorter piece may work."),
    INTERNAL: _("Something went wrong on our side. It has been recorded; please try again."),
    "disk_full": _("The server has no room left for new tracks. Please try again later."),
    "storage_failed": _("The finished track could not be stored. Please try again."),
    "soundfont_missing": _("The server has no instrument sounds. The operator has to install them."),
    "soundfont_corrupt": _("The server's instrument sounds are damaged. The operator has to replace them."),
    "synthesizer_missing": _("The server's synthesizer is missing. The operator has to install it."),
    "out_of_memory": _("The server ran out of memory. A shorter piece may work."),
    "generator_unavailable": _("The engine that was to make this piece is no longer set up."),
    "prompt_refused": _("The engine refuses these words. Please put it another way."),
    "engine_busy": _("The engine has too much to do at the moment. Please try again later."),
    "engine_failed": _("The engine failed to make this piece. Please try again."),
    "engine_unreachable": _("The engine cannot be reached at the moment. Please try again later."),
    "engine_misconfigured": _("The engine is not available at the moment. The operator has to see to it."),
    "work_lost": _("The connection broke while the engine was at work. Trying again orders the piece anew."),
    "work_expired": _("The finished piece was no longer there to be fetched. Trying again orders it anew."),
    "unreadable_sound": _("The engine made something that is no sound. Please try again."),
    "silent_sound": _("The engine made nothing but silence. Other words may help."),
    "not_the_same": _(
        "The engine or its sounds have changed since this track was made, so that it cannot be made again as it was."
    ),
    "no_score": _(
        "This track was made by an earlier version, which kept nothing that other formats could be made of. Make"
        " another like it to have them; the notes are in its MIDI file."
    ),
    "earlier_composer": _(
        "This track was written by an earlier version of the composer, so that it cannot be changed in parts. Make"
        " another like it to do so."
    ),
    "not_editable": _("The engine that made this track makes it as a whole: nothing in it can be changed alone."),
    "edit_refused": _("What was changed does not fit this piece."),
    "score_missing": _("The track's score is no longer there, so that nothing further can be made of it."),
    "score_damaged": _("The track's score is damaged, so that nothing further can be made of it."),
    "score_newer": _(
        "The track's score was written by a later version than the one that runs. Please try again later."
    ),
    "model_missing": _("The engine's model is not on the server. The operator has to install it."),
}

# The same, where the engine has said something that helps.
DETAILED = {
    "edit_refused": _("What was changed does not fit this piece: {detail}"),
    "prompt_refused": _("The engine refuses these words. It suggests: “{detail}”"),
}


def message_for(code: str, message: str = "") -> str:
    """The text for people of the error ``code``, in the current language.

    ``message`` is the text that came with the error: a code of DETAILED quotes it, a code without a text of its own
    gives it as it is.
    """
    if message and code in DETAILED:
        return str(DETAILED[code]).format(detail=message)
    return str(MESSAGES.get(code) or message or MESSAGES[INTERNAL])


class IllegalTransition(Exception):
    """The job's ``state`` does not allow the ``action`` that was asked for: "cancel", "retry", "delete" …"""

    def __init__(self, action: str, state: str) -> None:
        super().__init__(f"A job that is {state} cannot {action}.")
        self.action, self.state = action, state


class Gone(IllegalTransition):
    """The job was removed for good meanwhile, or what the ``action`` needs: its owner, or the track it is made of."""

    def __init__(self, action: str) -> None:
        super().__init__(action, "gone")


class LimitReached(Exception):
    """The person has as much as one person may have for now; the text is for people.

    ``code`` is stable: ``too_many_active``, ``jobs_per_day``, ``storage_full``, ``too_many_requests`` …;
    ``retry_after`` in seconds.
    """

    def __init__(self, code: str, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.code, self.retry_after = code, max(1, retry_after)


class Unmakeable(Exception):
    """What is asked for cannot be made of the track, whoever asks; ``code`` is one of MESSAGES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class KeyReused(Exception):
    """The owner has sent this idempotency key before, with other parameters."""
