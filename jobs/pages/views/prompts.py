"""Saved prompts: kept from the form with its settings, listed, used again, renamed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jobs.models.saved_prompt import LONGEST_NAME, MOST_SAVED, SavedPrompt
from jobs.models.text import unprintable
from jobs.music.text import is_visible
from jobs.pages.forms import MusicForm
from jobs.pages.views.common import action
from jobs.pages.views.make import sent, studio

SHORT = 50  # characters of the prompt that a name begins with


@login_required
@require_safe
def prompts(request: HttpRequest) -> HttpResponse:
    """All of a person's, the latest first."""
    mine = SavedPrompt.objects.filter(owner=request.user.pk).order_by("-created_at", "pk")
    saved = [(prompt, _in_words(prompt.settings)) for prompt in mine]
    return render(request, "pages/prompts.html", {"prompts": saved, "new": request.GET.get("new", "")})


@action("music")
def save(request: HttpRequest) -> HttpResponse:
    """Keep what the form says, under its first words; the next page asks for a better name."""
    form = sent(request)
    if not form.is_valid():
        return studio(request, form, status=422)
    if SavedPrompt.objects.filter(owner=request.user.pk).count() >= MOST_SAVED:
        messages.warning(request, _("You have as many saved prompts as there can be; delete one first."))
        return redirect("prompts")
    prompt = form.cleaned_data["prompt"]
    saved = SavedPrompt.objects.create(
        owner=cast("User", request.user),
        name=Truncator(" ".join(prompt.split())).chars(SHORT),
        prompt=prompt,
        settings=form.to_save,
    )
    messages.success(request, _("The words are saved with their settings. You can give them a name of yours."))
    return redirect(f"{reverse('prompts')}?new={saved.pk}#p-{saved.pk}")


@action("prompts", gettext_lazy("Rename"))
def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give one the ``name``."""
    saved = _own(request, pk)
    name = " ".join(request.POST.get("name", "").split())[:LONGEST_NAME]
    if unprintable(name) or not is_visible(name):
        messages.warning(request, _("A saved prompt needs a name."))
    else:
        SavedPrompt.objects.filter(pk=saved.pk).update(name=name)
    return redirect("prompts")


@action("prompts", gettext_lazy("Delete"))
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Delete one; the tracks that were made of it stay."""
    saved = _own(request, pk)
    saved.delete()
    messages.success(request, _("“%(name)s” was deleted.") % {"name": saved.name})
    return redirect("prompts")


def _own(request: HttpRequest, pk: UUID) -> SavedPrompt:
    """The asking person's own; raise Http404."""
    return get_object_or_404(SavedPrompt.objects.filter(owner=request.user.pk), pk=pk)


def _in_words(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values of these fields of an order's form, as that shows them; without fields that it has not."""
    form = MusicForm()
    set_here = {name: field for name, field in form.fields.items() if name in settings}
    return [(str(field.label), _shown(field, settings[name])) for name, field in set_here.items()]


def _shown(field: forms.Field, value: Any) -> str:
    names: dict[str, str] = {}
    for key, name in getattr(field, "choices", ()):
        names |= dict(name) if isinstance(name, list | tuple) else {str(key): name}
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(names.get(str(single), single)) for single in values)
