"""sa3.cpp's ``sa3-server`` as its source has it, on this machine: a thread for each order, sound in the last answer."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

from tests.engines.served import ServedHandler
from tests.engines.servers import music

MAX_DURATION = 300.0  # seconds: SA3_MAX_DURATION, unless it is set


class Sa3Handler(ServedHandler):
    model: ClassVar[str] = "medium"

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        body = self.body()
        how = self.server.next()
        if self.broken(how):
            return None
        if self.path not in ("/generate", "/generate/loop"):
            return self.answer(404, b"", "text/plain")
        seconds = body.get("duration", 30.0)
        about: dict[str, Any] = {}
        if not 0 < seconds <= MAX_DURATION:
            return self.answer(400, {"error": "duration must be in (0, 300] seconds"})
        if self.path == "/generate/loop":
            if not body.get("bpm"):
                return self.answer(400, {"error": "BPM required in prompt or bpm field"})
            if body["bars"] not in (4, 8, 16, 32):
                return self.answer(400, {"error": "bars must be one of [4, 8, 16, 32]"})
            seconds = 240 / body["bpm"] * body["bars"]
            about = {"bpm": body["bpm"], "bars": body["bars"], "loop_duration": seconds}
        self.server.asked.append({"path": self.path, **body})
        name = f"{len(self.server.asked):012x}"
        self.server.predictions[name] = {"polls": 0, "seconds": seconds, "seed": body["seed"]}
        return self.answer(200, {"success": True, "session_id": name, "seed": body["seed"], **about})

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        if self.path == "/health":
            return self.answer(200, {"status": "ok", "model": self.model, "encoding": "f16", "loaded": False})
        how = self.server.next()
        if self.broken(how):
            return None
        name = self.path.rpartition("/")[2]
        if how == "gone":
            self.server.predictions.clear()
        piece = self.server.predictions.get(name)
        if piece is None:
            return self.answer(404, {"success": False, "error": f"unknown session: {name}"})
        if how == "strange":
            return self.answer(200, {"success": True, "status": None})
        state: dict[str, Any] = {"transform_in_progress": False, "step": 0, "total_steps": 8, "queue_status": {}}
        if how == "failed":
            return self.answer(200, {"success": False, "status": "failed", "error": "no model files", **state})
        if not self.ready(piece):
            share = 100 * piece["polls"] // (self.server.polls + 1)
            status = "queued" if piece["polls"] == 1 else "decoding" if share >= 90 else "generating"
            # the real one does not count decoding as in progress either
            running = status in ("queued", "generating")
            state |= {"success": True, "generation_in_progress": running, "progress": share, "status": status}
            return self.answer(200, state)
        sound = music(piece["seconds"], "WAV")
        sound = sound[: len(sound) // 2] if how == "halved" else sound
        text = "%%%" if how == "no sound" else base64.b64encode(sound).decode()
        state |= {"success": True, "generation_in_progress": False, "progress": 100, "status": "completed"}
        state |= {"audio_data": text, "meta": {"seed": piece["seed"], "loudness": {}}}
        whole = self.encoded(state)
        return self.send(whole, "application/json", how if how == "half" else "ok")
