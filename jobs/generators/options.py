"""The OPTIONS of an engine, as strict as every other setting."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


def read_options(
    values: Mapping[str, Any], defaults: Mapping[str, Any], prefixes: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The options of an engine: ``values`` as they were set, over ``defaults`` (name → default).

    A text becomes what the default is. Names with one of ``prefixes`` stay texts. Raise ValueError naming the option
    that is unknown or wrong.
    """
    options = dict(defaults)
    for name, value in values.items():
        if name in defaults:
            options[name] = _as(type(defaults[name]), name, value)
        elif name.startswith(prefixes or ("\0",)):
            options[name] = str(value)
        else:
            close = difflib.get_close_matches(name, defaults, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(defaults) or 'none'}"
            raise ValueError(f"option {name} is unknown; {hint}")
    return options


def _as(kind: type[Any], name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if kind is bool:
        if text.lower() not in (*_TRUE, *_FALSE):
            raise ValueError(f"option {name}={value} is neither on nor off")
        return text.lower() in _TRUE
    try:
        return kind(text)
    except ValueError as error:
        raise ValueError(f"option {name}={value} is no {kind.__name__}") from error
