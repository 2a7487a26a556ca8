"""The Idempotency-Key of an order: the same key and order give the same job again."""

from __future__ import annotations

from typing import Annotated

from ninja import Header

LONGEST_KEY = 255  # characters

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=LONGEST_KEY)]

# of several orders at once: each adds its place
SharedKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=LONGEST_KEY - len("/1000"))]
