"""The engines that need nothing beyond the site itself."""

import importlib.util
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
        spec = importlib.util.spec_from_file_location("bells", DOCS / "bells.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        made: Generator = module.Bells({"pitch": "880"})
        return made
