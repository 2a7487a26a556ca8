"""Whose sounds, tools and engines are heard in the music."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from jobs.pages.engines import engines


@dataclass(frozen=True, slots=True)
class Credit:
    """Something of others that sounds or plays. ``licence``: its short name, as SPDX has it where it does."""

    name: str
    what: str | Promise
    by: str
    licence: str
    address: str


CREDITS = (
    Credit(
        "MuseScore General",
        _("Instrument sounds, where the operator has installed them"),
        "S. Christian Collins, Michael Cowgill, Frank Wen and others",
        "MIT",
        "https://ftp.osuosl.org/pub/musescore/soundfont/MuseScore_General/",
    ),
    Credit(
        "tonejs-instruments",
        _("Alto saxophone and bass guitar, where the operator has installed them: trimmed, levelled and looped here"),
        "Karoryfer Samples, Nicholaus P. Brosowsky, Makefully Studios",
        "CC-BY-3.0",
        "https://github.com/nbrosowsky/tonejs-instruments",
    ),
    Credit(
        "TimGM6mb",
        _("Instrument sounds, where no others are installed"),
        "Tim Brechbill",
        "GPL-2.0",
        "https://sourceforge.net/p/mscore/code/HEAD/tree/trunk/mscore/share/sound/",
    ),
    Credit(
        "FluidSynth",
        _("The synthesizer that plays them"),
        "Peter Hanappe, Tom Moebert and others",
        "LGPL-2.1",
        "https://www.fluidsynth.org/",
    ),
)


@login_not_required
@require_safe
def credits_page(request: HttpRequest) -> HttpResponse:
    licensed = [engine for engine in engines() if engine.abilities.licence]
    return render(request, "pages/credits.html", {"credits": CREDITS, "engines": licensed})
