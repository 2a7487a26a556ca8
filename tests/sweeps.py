"""The same claim over every style or many seeds: ``make test`` takes a sample, ``make sweeps`` all the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(values: Iterable[Any], one_in: int = 4) -> list[Any]:
    """The values for ``parametrize``, of which one in so many belongs to the sample."""
    return [
        pytest.param(value, marks=pytest.mark.sweep) if place % one_in else value for place, value in enumerate(values)
    ]
