"""The site's own settings with the engines of the fault suite beside the composer, as an operator would add them."""

import os
from pathlib import Path

from musicsite.settings import *  # noqa: F403
from tests.faults.clock import Clock

Clock(Path(os.environ["FAULTS_FOLDER"])).install()

ALLOW_DUMMY = True
GENERATORS = {
    "composer": {
        "BACKEND": "tests.faults.engines.RecordedComposer",
        "OPTIONS": GENERATORS["composer"]["OPTIONS"],  # noqa: F405
    },
    **{
        name: {"BACKEND": "tests.faults.engines.Recorded", "OPTIONS": {"does": name}}
        for name in ("steady", "raises", "stumbles", "hangs", "clings", "deaf", "greedy", "forks", "exits", "poison")
    },
}
