#!/usr/bin/env python
"""Django's command-line utility."""

import os
import sys

from musicsite import __version__

# Commands for one's own machine, which need nothing to be set.
WITHOUT_SETTINGS = ("up", "generate", "styles", "demos", "soundfont")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "musicsite.settings")
    if sys.argv[1:2] and sys.argv[1] in WITHOUT_SETTINGS:
        os.environ.setdefault("MUSICSITE_LOCAL", "1")
    if sys.argv[1:] in (["--version"], ["version"]):
        import django

        sys.stdout.write(f"Musicsite {__version__}, Django {django.__version__}\n")
        return
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{sys.argv[0]}: {error}")


if __name__ == "__main__":
    main()
