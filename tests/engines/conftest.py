"""Engines that need more than the site itself. ``make engines`` installs it; elsewhere what is missing is left out."""

from importlib.util import find_spec

_NEEDS = {
    "test_musicgen.py": ("torch", "transformers"),
    "test_elevenlabs.py": ("elevenlabs",),
    "test_replicate.py": ("replicate",),
    "test_killed.py": ("replicate",),
}
collect_ignore = [name for name, packages in _NEEDS.items() if not all(find_spec(package) for package in packages)]
