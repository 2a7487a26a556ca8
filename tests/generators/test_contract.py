"""The engines that need nothing beyond the site itself."""

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import settings

from jobs.generators.base import Generator
from jobs.generators.composer import Composer
from jobs.generators.dummy import Dummy
from tests.generators.contract import Contract

DOCS = Path(settings.BASE_DIR, "docs")


class TestComposer(Contract):
    @pytest.fixture
    def engine(self) -> Generator:
        return Composer(settings.GENERATORS["composer"]["OPTIONS"])


class TestDummy(Contract):
    MAKES_SOUND: ClassVar[bool] = False

    @pytest.fixture
    def engine(self) -> Generator:
        return Dummy({"seconds": "0.7"})


class TestBells(Contract):
    """The example of docs/ENGINES.md."""

    REFUSED: ClassVar[dict[str, Any] | None] = {"instruments": ["drums"]}

    @pytest.fixture
    def engine(self) -> Generator:
        (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "ENGINES.md").read_text("utf-8"), re.DOTALL)
        assert len(code.splitlines()) <= 31
        module: dict[str, Any] = {}
        exec(compile(code, "bells.py", "exec"), module)
        made: Generator = module["Bells"]({"pitch": "880"})
        return made
