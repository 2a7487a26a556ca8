"""MusicGen (Copet et al., Simple and Controllable Music Generation, 2023) on this machine, by torch and transformers.

Nothing here imports torch before a worker makes its first piece: it is loaded once, in the process that uses it, which
forks no more.
"""

from __future__ import annotations

import gc
import importlib.metadata
import importlib.util
import logging
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from jobs.generators.base import Abilities, GeneratorError, Order, Progress
from jobs.generators.recorded import Recording, RecordingGenerator
from jobs.generators.wording import in_english

logger = logging.getLogger(__name__)

T = TypeVar("T")

HEARS = frozenset({"style", "duration", "tempo", "key", "mode", "moods", "instruments", "seed"})
DEVICES, TYPES = ("auto", "cuda", "mps", "cpu"), ("auto", "float32", "float16", "bfloat16")
FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]  # of a checkpoint; no pickles
TICK = 0.2  # seconds between looks at whether to go on while torch is busy
PIECE, CONTEXT = 5.0, 1.0  # seconds that are turned into sound at a time, and what is heard of their surroundings
FADE = 2.0  # seconds: the model stops in the middle of whatever it plays
SOUND = 0.05  # share of the work that turning tokens into sound is

ADVICE = "Use a smaller checkpoint, dtype=float16, a shorter window, or more memory (MUSICSITE_JOB_MEMORY=0: no limit)."
_CUDA = "import ctypes,sys; c=ctypes.CDLL('libcuda.so.1'); n=ctypes.c_int(); sys.exit(c.cuInit(0) or c.cuDeviceGetCount(ctypes.byref(n)) or not n.value)"  # noqa: E501


class MusicGen(RecordingGenerator):
    """OPTIONS: ``model`` (a name on the Hugging Face hub, or a folder), ``device``, ``dtype``, ``longest`` (seconds).

    ``window`` and ``overlap`` (seconds): pieces that are longer than a window go on from the last seconds of the one
    before. ``guidance``: how closely the words are followed.
    """

    title = "MusicGen"
    OPTIONS: ClassVar[dict[str, Any]] = {
        "model": "facebook/musicgen-small", "device": "auto", "dtype": "auto", "longest": 120.0, "window": 30.0,
        "overlap": 10.0, "guidance": 3.0, "licence": "CC-BY-NC 4.0",
    }  # fmt: skip

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        for name, allowed in (("device", DEVICES), ("dtype", TYPES)):
            if self.options[name].partition(":")[0] not in allowed:
                raise ValueError(f"option {name}={self.options[name]} is not one of {', '.join(allowed)}")
        if not 0 < self.options["overlap"] < self.options["window"]:
            raise ValueError("option overlap has to be shorter than window")
        self._loaded: _Model | None = None
        self._loading = threading.Lock()

    @property
    def abilities(self) -> Abilities:
        return Abilities(
            hears=HEARS,
            formats=("flac", "wav"),
            longest=self.options["longest"],
            repeatable=True,
            licence=self.options["licence"],
        )

    def problems(self) -> list[str]:
        missing = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
        if missing:
            return [f'{" and ".join(missing)} is not installed: pip install ".[musicgen]".']
        return [problem for problem in (self._lacks_model(), self._lacks_device()) if problem]

    def _lacks_model(self) -> str:
        model = self.options["model"]
        if Path(model).is_absolute() or Path(model).exists():
            return "" if Path(model, "config.json").is_file() else f"There is no model in the folder {model}."
        from huggingface_hub import try_to_load_from_cache

        if isinstance(try_to_load_from_cache(model, "config.json"), str):
            return ""
        return f"The model {model} is not on this machine: manage.py engines musicgen --fetch."

    def _lacks_device(self) -> str:
        """Asks the driver in a process of its own: one that has touched a GPU must not fork."""
        device = self.options["device"].partition(":")[0]
        if device == "cuda":
            if importlib.metadata.version("torch").endswith("+cpu"):
                return "device=cuda, but the installed torch is one without CUDA."
            probe = subprocess.run([sys.executable, "-c", _CUDA], capture_output=True, timeout=60, check=False)  # noqa: S603
            if probe.returncode:
                return "device=cuda, but there is no GPU that its driver offers to this process."
        if device == "mps" and (sys.platform, platform.machine()) != ("darwin", "arm64"):
            return "device=mps, but this is no Mac with Apple silicon."
        return ""

    def fetch(self) -> list[str]:
        from huggingface_hub import snapshot_download

        model = self.options["model"]
        if Path(model).exists():
            return []
        try:
            folder = snapshot_download(model, allow_patterns=FILES)
        except Exception as error:  # whatever the hub's client raises
            raise OSError(f"The model {model} could not be fetched: {error}") from error
        return [f"The model {model} is in {folder}."]

    def perform(self, order: Order, progress: Progress) -> Recording:
        import numpy as np
        import soundfile

        progress("starting", 0.0)
        with _memory(self._forget):
            model = _beside(self._load, lambda: progress("starting", 0.0))
            tokens = model.tokens(order, self.options, lambda done: progress("generating", (1 - SOUND) * done))
            sound = model.sound(tokens, lambda done: progress("generating", 1 - SOUND + SOUND * done))
        frames = min(round(order.brief.duration * model.rate), sound.shape[1])
        sound = sound[:, :frames]
        fade = min(round(FADE * model.rate), frames // 4)
        sound[:, frames - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
        path = order.folder / "musicgen.wav"
        soundfile.write(path, sound.T, model.rate, subtype="FLOAT")
        return Recording(path, {"model": self.options["model"], "device": str(model.net.device)})

    def _load(self) -> _Model:
        """Once in a process, also where an order was cancelled while it was loading."""
        with self._loading:
            if self._loaded is None:
                self._loaded = _load(self.options)
            return self._loaded

    def _forget(self) -> None:
        """After memory has run out: what is left of the attempt goes, the model stays if it was there."""
        gc.collect()
        if (torch := sys.modules.get("torch")) and torch.cuda.is_available():
            torch.cuda.empty_cache()


def _load(options: dict[str, Any]) -> _Model:
    """Raise GeneratorError where the model is not there, or is none."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a worker fetches nothing
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    name = options["model"]
    device = _device(torch, options["device"])
    kind = options["dtype"] if options["dtype"] != "auto" else ("float16" if device.startswith("cuda") else "float32")
    classes = {
        "musicgen": transformers.MusicgenForConditionalGeneration,
        "musicgen_melody": transformers.MusicgenMelodyForConditionalGeneration,
    }
    try:
        config = transformers.AutoConfig.from_pretrained(name, local_files_only=True)
        if config.model_type not in classes:
            raise GeneratorError("model_missing", f"{name} is no MusicGen but a model of type {config.model_type}.")
        net = classes[config.model_type].from_pretrained(name, local_files_only=True, dtype=getattr(torch, kind))
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, local_files_only=True)
    except (OSError, ValueError) as error:
        raise GeneratorError("model_missing", f"The model {name} cannot be loaded: {error}") from error
    net.audio_encoder.to(torch.float32)  # sound in half precision is noisy
    logger.info("loaded %s on %s as %s; weights of MusicGen: %s", name, device, kind, options["licence"])
    return _Model(net.to(device).eval(), tokenizer)


def _device(torch: Any, choice: str) -> str:
    if choice != "auto":
        return choice
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@dataclass(frozen=True, slots=True)
class _Model:
    net: Any
    tokenizer: Any

    @property
    def rate(self) -> int:
        """Samples a second."""
        return int(self.net.audio_encoder.config.sampling_rate)

    @property
    def pace(self) -> int:
        """Tokens a second, of each codebook."""
        return int(self.net.audio_encoder.config.frame_rate)

    @property
    def channels(self) -> int:
        return int(self.net.decoder.config.audio_channels)

    @property
    def delay(self) -> Any:
        """By how many steps each codebook lags behind the first; those of a stereo model come in pairs."""
        import torch

        return torch.arange(self.net.decoder.num_codebooks) // self.channels

    def tokens(self, order: Order, options: dict[str, Any], step: Callable[[float], None]) -> Any:
        """The codes of the whole piece (codebooks, tokens), window after window."""
        import torch

        words = in_english(order.brief, HEARS) or "music"
        total = -(-round(order.brief.duration * 1000) * self.pace // 1000)
        window, overlap = round(options["window"] * self.pace), round(options["overlap"] * self.pace)
        inputs = self.tokenizer([words], return_tensors="pt", truncation=True).to(self.net.device)
        torch.manual_seed(order.seed)
        codes = torch.zeros((self.net.decoder.num_codebooks, 0), dtype=torch.long)
        while (made := codes.shape[1]) < total:
            context = codes[:, max(made - overlap, 0) :] if made else codes
            new = min(window - context.shape[1], total - made)

            def report(number: int, made: int = made) -> None:
                step((made + number) / total)

            codes = torch.cat((codes, self._window(inputs, context, new, options, report)), dim=1)
        return codes

    def _window(
        self, inputs: Any, context: Any, new: int, options: dict[str, Any], report: Callable[[int], None]
    ) -> Any:
        """``new`` more tokens of each codebook after ``context``; ``report`` how many there are, after each."""
        import torch
        from transformers import StoppingCriteria, StoppingCriteriaList

        start = 1 + context.shape[1]  # there is one token before the first
        delay = self.delay
        end = start + new + int(delay.max())

        class Watch(StoppingCriteria):
            def __call__(self, ids: Any, scores: Any, **kwargs: Any) -> Any:
                report(min(max(ids.shape[1] - start, 0), new))  # raises when the job was cancelled
                if ids.shape[1] >= end:
                    raise _Complete(ids)
                return torch.zeros(ids.shape[0], dtype=torch.bool, device=ids.device)

        prompt_codes = {"decoder_input_ids": context.to(self.net.device)} if context.shape[1] else {}
        try:
            self.net.generate(
                **inputs, **prompt_codes, do_sample=True, guidance_scale=options["guidance"], max_length=end,
                stopping_criteria=StoppingCriteriaList([Watch()]),
            )  # fmt: skip
        except _Complete as complete:  # before it turns all of it into sound at once
            ids = complete.ids.cpu()
            return torch.stack([ids[n, start + lag : start + lag + new] for n, lag in enumerate(delay.tolist())])
        raise GeneratorError("engine_failed", "The model stopped before the end.")

    def sound(self, codes: Any, step: Callable[[float], None]) -> Any:
        """Samples (channels, frames) of the codes, decoded in pieces that overlap."""
        import numpy as np

        piece, context = round(PIECE * self.pace), round(CONTEXT * self.pace)
        token_samples = self.rate // self.pace  # of one token
        parts = []
        for at in range(0, codes.shape[1], piece):
            low, end = max(at - context, 0), min(at + piece, codes.shape[1])
            decode = partial(self._decode, codes[:, low : end + context])
            decoded = _beside(decode, partial(step, at / codes.shape[1]))
            parts.append(decoded[:, (at - low) * token_samples : (end - low) * token_samples])
        step(1.0)
        return np.concatenate(parts, axis=1)

    def _decode(self, codes: Any) -> Any:
        import numpy as np
        import torch

        with torch.inference_mode():
            channels = [
                self.net.audio_encoder.decode(codes[channel :: self.channels][None, None].to(self.net.device), [None])
                for channel in range(self.channels)
            ]
        return np.concatenate([channel.audio_values[0].float().cpu().numpy() for channel in channels])


class _Complete(Exception):
    """All tokens of a window are there."""

    def __init__(self, ids: Any) -> None:
        super().__init__()
        self.ids = ids


def _beside(call: Callable[[], T], tick: Callable[[], None]) -> T:
    """What ``call`` returns, run in a thread; what ``tick`` raises leaves it to end by itself."""
    pool = ThreadPoolExecutor(1, "musicgen")
    try:
        future = pool.submit(call)
        while True:
            tick()
            try:
                return future.result(timeout=TICK)
            except NotYet:
                if future.done():
                    raise
    finally:
        pool.shutdown(wait=False)


@contextmanager
def _memory(forget: Callable[[], None]) -> Iterator[None]:
    """Memory that runs out, on the GPU or beside it, is an error with advice; the worker goes on."""
    try:
        yield
    except MemoryError as error:
        exhausted: BaseException = error
    except RuntimeError as error:
        text = str(error).lower()
        if type(error).__name__ != "OutOfMemoryError" and "can't allocate memory" not in text and "alloc" not in text:
            raise
        exhausted = error
    else:
        return
    exhausted.__traceback__ = None  # it holds on to every tensor
    forget()
    raise GeneratorError("out_of_memory", f"MusicGen ran out of memory. {ADVICE}") from exhausted
