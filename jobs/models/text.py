"""What text may come in, how it is found, and how it is sorted: the same on every database."""

from __future__ import annotations

import re
import time
import unicodedata
from typing import Any, ClassVar

from django.db import models, transaction

from jobs.music.text import is_unseen

BATCH = 2000  # rows that are filled in one transaction
LONGEST_URL = 500  # characters of an address that a person gives
LONGEST_KEY = 200  # characters of a sort key: an entry of an index on PostgreSQL holds 2,700 bytes

# Control characters but tab and line ends, and surrogates: no database, file name or tag takes them all.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_NUMBER = re.compile("[0-9]+")


def printable(text: str) -> str:
    """The text of somebody else as every database takes it: what is unprintable is replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def unprintable(text: str) -> bool:
    """Whether the text has control characters (tab and line ends apart) or broken Unicode."""
    return bool(_UNPRINTABLE.search(text))


def searchable(text: str) -> str:
    """The text as it is searched: without case, width, composition (NFKC) and characters that nobody sees.

    What a person types is found in what another has written if it is in it after both have gone through here.
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character for character in folded if character.isspace() or not is_unseen(character))


def sort_key(title: str) -> str:
    """What sorts titles by code point as people sort them: without case and accents, numbers by their value.

    A number is led by the count of its digits. Korean syllables stand in Unicode as in a dictionary, after Latin.
    """
    plain = title.lower() if title.isascii() else _without_accents(searchable(title))
    spaced = " ".join(plain.split())
    return _NUMBER.sub(lambda match: _counted(match[0]), spaced)[:LONGEST_KEY]


def _without_accents(text: str) -> str:
    digits = "".join(str(unicodedata.decimal(character, character)) for character in text)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", digits)))


def _counted(digits: str) -> str:
    value = digits.lstrip("0") or "0"
    return f"{len(value):03}{value}"


# -- As columns -------------------------------------------------------------------------------------------------------


class Derived(models.Field):  # type: ignore[type-arg]
    """A column that follows from others of its row; whatever saves an object fills it.

    An ``update`` of one of the others gives it a new value itself (``Job.rename``). NULL: not known yet, of a row that
    an earlier version wrote.
    """

    derived_from: ClassVar[tuple[str, ...]]

    def derive(self, *values: Any) -> str:
        """The value, of those of the columns in ``derived_from``."""
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.derive(*(getattr(model_instance, name) for name in self.derived_from))
        setattr(model_instance, self.attname, value)
        return value


class SortKey(Derived, models.CharField):  # type: ignore[type-arg]
    """``sort_key`` of the title, which every database sorts by code point."""

    derived_from = ("title",)

    def derive(self, *values: Any) -> str:
        return sort_key(*values)

    def db_parameters(self, connection: Any) -> Any:
        collation = "C" if connection.vendor == "postgresql" else None  # SQLite's own is by code point
        return {**super().db_parameters(connection), "collation": collation}


class SearchText(Derived, models.TextField):  # type: ignore[type-arg]
    """``searchable`` title, prompt and lyrics."""

    derived_from = ("title", "prompt", "brief")

    def derive(self, *values: Any) -> str:
        title, prompt, brief = values
        return searchable("\n".join((title, prompt, *filter(None, [brief.get("lyrics")]))))


def derived_fields(model: type[models.Model]) -> list[Derived]:
    """The columns of a table that follow from others."""
    return [field for field in model._meta.concrete_fields if isinstance(field, Derived)]


def fill_derived(jobs: models.QuerySet[Any], pause: float = 0.0) -> int:
    """Fill the derived columns of rows that an earlier version has written without; returns how many.

    Some thousand rows are a transaction, and ``pause`` seconds are left to others after each.
    """
    fields = derived_fields(jobs.model)
    sources = sorted({name for field in fields for name in field.derived_from})
    lacking = jobs.filter(title_key__isnull=True)
    filled, rest = 0, lacking
    while rows := list(rest.order_by("pk").values("pk", *sources)[:BATCH]):
        with transaction.atomic(using=jobs.db):
            for row in rows:
                values = {field.attname: field.derive(*(row[name] for name in field.derived_from)) for field in fields}
                filled += lacking.filter(pk=row["pk"]).update(**values)
        rest = lacking.filter(pk__gt=rows[-1]["pk"])
        time.sleep(pause)
    return filled
