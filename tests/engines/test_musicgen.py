import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from django.conf import settings as site
from django.contrib.auth.models import User

from jobs import generators
from jobs.generators import musicgen
from jobs.generators.base import Generator, GeneratorError, Order, Stopped
from jobs.generators.musicgen import MusicGen
from jobs.models import Job, State
from jobs.music.words.understand import understand
from jobs.queue import orders, transitions
from tests.engines import tiny
from tests.faults.conftest import Workers, wait_for, workers  # noqa: F401 - a fixture
from tests.generators.contract import Contract

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)  # threads cost more than they bring to so small a model
    return tiny.save(tmp_path_factory.mktemp("musicgen"))


@pytest.fixture(scope="session")
def loaded(checkpoint: Path) -> Generator:
    return MusicGen({"model": str(checkpoint), "device": "cpu", "window": "3", "overlap": "1"})


@pytest.fixture
def engine(loaded: Generator) -> Iterator[Generator]:
    before = dict(loaded.options)
    yield loaded
    loaded.options = before


def order(folder: Path, seconds: float = 5.0, seed: int = 3) -> Order:
    folder.mkdir(exist_ok=True)
    return Order(understand("calm piano", {"duration": seconds}, seed), seed, folder)


def quiet(stage: str, fraction: float | None) -> None:
    """Progress that nobody watches."""


class TestContract(Contract):
    """Six seconds in windows of three: with continuation."""


@pytest.mark.parametrize(("channels", "melody"), [(1, False), (2, False), (1, True), (2, True)])
def test_it_makes_what_the_library_itself_makes(tmp_path: Path, channels: int, melody: bool) -> None:
    """Our tokens, taken out before they are turned into sound, and our sound in pieces: against the whole at once."""
    folder = tiny.save(tmp_path / "model", channels=channels, melody=melody)
    model = musicgen._load({**MusicGen.OPTIONS, "model": str(folder), "device": "cpu"})
    ordered = order(tmp_path / "work")
    ours = model.sound(model.tokens(ordered, MusicGen.OPTIONS, lambda share: None), lambda share: None)
    torch.manual_seed(ordered.seed)
    inputs = model.tokenizer(["calm piano"], return_tensors="pt")
    length = 1 + 250 + 3  # a start, five seconds, the delay of the last codebook
    theirs = model.net.generate(**inputs, do_sample=True, guidance_scale=3.0, max_length=length)[0].detach().numpy()
    assert ours.shape == theirs.shape == (channels, 5 * tiny.RATE)
    assert np.abs(ours - theirs).max() < 0.01 * theirs.std()


def test_a_longer_piece_goes_on_from_what_was_heard(engine: Any, tmp_path: Path, monkeypatch: Any) -> None:
    heard: list[tuple[int, int]] = []
    window = musicgen._Model._window

    def watched(self: Any, inputs: Any, before: Any, new: int, *rest: Any) -> Any:
        heard.append((before.shape[1], new))
        return window(self, inputs, before, new, *rest)

    monkeypatch.setattr(musicgen._Model, "_window", watched)
    made = engine.generate(order(tmp_path / "work", 8), quiet)
    assert heard == [(0, 150), (50, 100), (50, 100), (50, 50)]
    assert made.duration == pytest.approx(8, abs=0.01)


def test_progress_comes_with_every_token(engine: Generator, tmp_path: Path) -> None:
    said: list[float] = []
    engine.generate(order(tmp_path / "work"), lambda stage, share: said.append(share or 0))
    assert len(set(said)) > 200


def test_another_seed_makes_another_piece(engine: Any, tmp_path: Path) -> None:
    model = engine._load()
    codes = [
        model.tokens(order(tmp_path / "work", seed=seed), engine.options, lambda share: None) for seed in (1, 2, 1)
    ]
    assert torch.equal(codes[0], codes[2])
    assert not torch.equal(codes[0], codes[1])


def test_the_model_is_loaded_once(checkpoint: Path, tmp_path: Path, monkeypatch: Any) -> None:
    loads: list[Any] = []
    load = musicgen._load
    monkeypatch.setattr(musicgen, "_load", lambda options: loads.append(options) or load(options))
    engine = MusicGen({"model": str(checkpoint), "device": "cpu"})
    with pytest.raises(Stopped):
        engine.generate(order(tmp_path / "work"), _stop)
    engine.generate(order(tmp_path / "work"), quiet)
    assert len(loads) == 1


def _stop(stage: str, fraction: float | None) -> None:
    if stage == "generating":
        raise Stopped("cancelled")


def test_a_long_decoding_is_left_to_itself(engine: Any, tmp_path: Path, monkeypatch: Any) -> None:
    decode = musicgen._Model._decode
    monkeypatch.setattr(musicgen._Model, "_decode", lambda self, codes: (time.sleep(3), decode(self, codes))[1])
    began = 0.0

    def stop(stage: str, fraction: float | None) -> None:
        nonlocal began
        if fraction and fraction > 0.8545:  # all tokens are there
            began = began or time.monotonic()
            if time.monotonic() - began > 0.5:
                raise Stopped("cancelled")

    with pytest.raises(Stopped):
        engine.generate(order(tmp_path / "work"), stop)
    assert time.monotonic() - began < 1.5


def test_memory_that_runs_out_is_an_error_and_the_worker_lives(checkpoint: Path, tmp_path: Path) -> None:
    """In a process whose memory ends: the real allocator fails, and the next piece is made all the same."""
    code = """
import json, resource, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from jobs.generators.base import GeneratorError, Order
from jobs.generators.musicgen import MusicGen
from jobs.music.words.understand import understand
engine = MusicGen({"model": sys.argv[1], "device": "cpu"})
model = engine._load()
grow = model.net.text_encoder.forward
def hungry(*args, **kwargs):
    torch.ones(4 << 30)
    return grow(*args, **kwargs)
model.net.text_encoder.forward = hungry
resource.setrlimit(resource.RLIMIT_DATA, (6 << 30, resource.RLIM_INFINITY))
folder = Path(sys.argv[2])
order = Order(understand("calm piano", {"duration": 5}, 1), 1, folder)
try:
    engine.generate(order, lambda *told: None)
except GeneratorError as error:
    print(json.dumps([error.code, error.message, error.transient]))
model.net.text_encoder.forward = grow
print(engine.generate(order, lambda *told: None).duration)
"""
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, str(checkpoint), str(work)],
        cwd=site.BASE_DIR, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    error, duration = done.stdout.splitlines()
    code, message, transient = json.loads(error)
    assert (code, transient) == ("out_of_memory", False)
    assert "smaller checkpoint" in message
    assert float(duration) == pytest.approx(5, abs=0.01)


def test_a_model_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for model, said in ((tmp_path / "empty", "no model in the folder"), ("nobody/nothing", "engines musicgen --fetch")):
        engine = MusicGen({"model": str(model)})
        assert said in engine.problems()[0]
        with pytest.raises(GeneratorError) as raised:
            engine.generate(order(tmp_path / "work"), quiet)
        assert (raised.value.code, raised.value.transient) == ("model_missing", False)


def test_another_kind_of_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(GeneratorError, match="is no MusicGen"):
        MusicGen({"model": str(tmp_path / "bert")}).generate(order(tmp_path / "work"), quiet)


def test_a_missing_gpu_is_named(checkpoint: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(musicgen.importlib.metadata, "version", lambda name: "2.13.0")
    (problem,) = MusicGen({"model": str(checkpoint), "device": "cuda"}).problems()
    assert "no GPU" in problem
    monkeypatch.setattr(musicgen.importlib.metadata, "version", lambda name: "2.13.0+cpu")
    (problem,) = MusicGen({"model": str(checkpoint), "device": "cuda:1"}).problems()
    assert "without CUDA" in problem
    (problem,) = MusicGen({"model": str(checkpoint), "device": "mps"}).problems()
    assert "no Mac" in problem


def test_a_missing_extra_is_named(monkeypatch: Any) -> None:
    monkeypatch.setattr(musicgen.importlib.util, "find_spec", lambda name: None)
    assert MusicGen({}).problems() == ['torch and transformers is not installed: pip install ".[musicgen]".']


@pytest.mark.parametrize(
    "options", [{"device": "tpu"}, {"dtype": "int8"}, {"window": "5", "overlap": "5"}, {"guidance": "much"}]
)
def test_a_wrong_option_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="option"):
        MusicGen(options)


@pytest.mark.django_db(transaction=True)
def test_only_the_worker_itself_loads_torch(
    checkpoint: Path,
    workers: Callable[..., Workers],  # noqa: F811
    user: User,
    settings: Any,
) -> None:
    """A real worker makes a piece and stops another in mid-way; the processes that fork have none of it."""
    options = {"model": str(checkpoint), "device": "cpu"}
    entry = {"BACKEND": "jobs.generators.musicgen.MusicGen", "OPTIONS": options}
    settings.GENERATORS = {**settings.GENERATORS, "musicgen": entry}
    generators.get.cache_clear()
    given = ",".join(f"{name}={value}" for name, value in options.items())
    supervisor = workers(size=1, MUSICSITE_MUSICGEN=given, OMP_NUM_THREADS="1")
    job = orders.submit(user, "calm piano", {"generator": "musicgen", "duration": 5})
    wait_for(lambda: Job.objects.filter(pk=job.pk, state=State.DONE).exists(), 120)
    (worker,) = supervisor.idle_workers()
    assert "libtorch" in _maps(worker)
    others = [supervisor.process.pid, *(pid for pid in supervisor.below() if pid != worker)]
    assert len(others) >= 3
    assert not [pid for pid in others if "libtorch" in _maps(pid)]
    long = orders.submit(user, "calm piano", {"generator": "musicgen", "duration": 120})
    wait_for(lambda: (Job.objects.get(pk=long.pk).progress or 0) >= 2, 60)
    transitions.cancel(Job.objects.get(pk=long.pk))
    stopped = time.monotonic()
    work = Path(supervisor.log.parent, "work")
    wait_for(lambda: not list(work.iterdir()), 5)
    assert time.monotonic() - stopped < 2.5  # half a second until the worker hears of it
    assert psutil.pid_exists(worker)


def _maps(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()
