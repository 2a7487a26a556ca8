"""What can keep a piece from being made, each with a stable code."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager


class MusicError(Exception):
    """``code`` is stable, ``message`` is for the operator's log; ``mends``: whether it may go when tried again."""

    code = "music_error"
    mends = True

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SoundfontMissing(MusicError):
    """No file of instrument sounds is where it should be."""

    code = "soundfont_missing"


class SoundfontCorrupt(MusicError):
    """The file of instrument sounds cannot be read, or holds no sounds."""

    code = "soundfont_corrupt"


class SynthesizerMissing(MusicError):
    """libfluidsynth is neither bundled nor installed."""

    code = "synthesizer_missing"


class SynthesizerFailed(MusicError):
    """The synthesizer refused a call that it should take."""

    code = "synthesizer_failed"


class DiskFull(MusicError):
    """No room for the files of the piece."""

    code = "disk_full"


class OutOfMemory(MusicError):
    """No memory for the piece."""

    code = "out_of_memory"


class NothingToPlay(MusicError):
    """The score has no note that sounds within its duration."""

    code = "nothing_to_play"


class UnreadableSound(MusicError):
    """What an engine made is no sound that can be read."""

    code = "unreadable_sound"


class SilentSound(MusicError):
    """What an engine made is silence."""

    code = "silent_sound"


class EditRefused(MusicError):
    """What a person has written over the piece does not fit it."""

    code = "edit_refused"
    mends = False


class ScoreDamaged(MusicError):
    """The document of a score cannot be read."""

    code = "score_damaged"
    mends = False


class ScoreTooNew(MusicError):
    """The document of a score was written by a later version."""

    code = "score_newer"


@contextmanager
def named_failures() -> Iterator[None]:
    """Give a full disk and exhausted memory their codes; every other exception passes as it is."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(f"No room for the piece: {error}") from error
        raise
    except MemoryError as error:
        raise OutOfMemory("No memory for the piece.") from error
