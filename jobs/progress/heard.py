"""Where a piece is not what was asked for, by what its worker heard in it (``jobs.music.following``), in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: Mapping[str, str | Promise] = {  # code of a remark → its words
    "heard_tempo": _("{asked} BPM was asked for; about {heard} BPM is heard."),
    "heard_key": _("{asked} was asked for; {heard} is heard."),
    "heard_length": _("{asked} was ordered; the piece is {heard} long."),
}


def heard_json(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is heard in a track of those facts, as the API sends it; None where nothing was listened for."""
    heard = facts.get("heard")
    if not heard:
        return None
    deviations = [
        {
            "field": remark["code"].removeprefix("heard_"),
            "asked": remark["values"]["asked"],
            "heard": remark["values"]["heard"],
            "message": str(SENTENCES[remark["code"]]).format(
                **{name: _text(remark["code"], value) for name, value in remark["values"].items()}
            ),
        }
        for remark in heard["remarks"]
        if remark["code"] in SENTENCES
    ]
    return {**{name: heard[name] for name in ("tempo", "key", "loudness")}, "deviations": deviations}


def _text(code: str, value: Any) -> str:
    if code == "heard_length":
        return f"{int(value) // 60}:{round(value) % 60:02}"
    return str(value) if isinstance(value, str) else f"{value:g}"
