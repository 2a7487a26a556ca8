"""Both servers of ACE-Step 1.5 as their sources have them, on this machine."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.engines.served import ServedHandler
from tests.engines.servers import music

REST_KEY = "gpu-secret"
LATENT = b"\r\n--ace\x00\xff\r\n\r\n" * 50
BOUNDARY = "ace-batch-boundary"


class RestHandler(ServedHandler):
    """ACE-Step's own server, behind a key."""

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        body = self.body()
        if self.headers["Authorization"] != f"Bearer {REST_KEY}":
            return self.answer(401, {"detail": "Invalid API key"})
        how = self.server.next()
        if self.broken(how):
            return None
        if self.path == "/release_task":
            self.server.asked.append(body)
            name = f"550e8400-e29b-{len(self.server.asked):04}"
            self.server.predictions[name] = {"polls": 0, "seconds": body["audio_duration"]}
            return self.wrapped({"task_id": name, "status": "queued", "queue_position": 1})
        if self.path == "/query_result":
            return self.wrapped([self.state(name, how) for name in body["task_id_list"]])
        return self.answer(404, {"detail": "Not Found"})

    def state(self, name: str, how: str) -> dict[str, Any]:
        piece = self.server.predictions.get(name)
        if piece is None:
            return {"task_id": name, "result": "[]", "status": 0}
        if how == "strange":
            return {"task_id": name, "result": "[]", "status": "nearly"}
        about: dict[str, Any] = {"file": "", "wave": "", "status": 0, "progress": 0.0, "stage": "queued"}
        if how == "failed":
            about |= {"status": 2, "stage": "failed", "error": "5Hz LM init failed: no memory"}
        elif piece.get("lost"):
            about |= {"stage": "running", "progress": 0.4}
        elif self.ready(piece):
            file = "http://127.0.0.2:9/secret" if how == "elsewhere" else f"/v1/audio?path=%2Ftmp%2F{name}.flac"
            about |= {
                "status": 1,
                "stage": "succeeded",
                "progress": 1.0,
                "file": file,
                "dit_model": "acestep-v15-turbo",
            }
        elif piece["polls"] > 1:
            about |= {"stage": "Generating", "progress": piece["polls"] / (self.server.polls + 1)}
        return {"task_id": name, "result": json.dumps([about]), "status": about["status"], "progress_text": "…"}

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        place = urlsplit(self.path)
        if place.path == "/health":
            return self.wrapped({"status": "ok", "service": "ACE-Step API", "version": "1.0"})
        if self.headers["Authorization"] != f"Bearer {REST_KEY}":
            return self.answer(401, {"detail": "Missing Authorization header"})
        how = self.server.next()
        if self.broken(how):
            return None
        if place.path == "/v1/stats":
            running = sum(not piece.get("lost") for piece in self.server.predictions.values())
            return self.wrapped({"jobs": {"total": 9, "queued": 3, "running": running}, "queue_size": 0})
        name = parse_qs(place.query)["path"][0].rpartition("/")[2].removesuffix(".flac")
        if how == "gone" or name not in self.server.predictions:
            self.server.predictions.pop(name, None)
            return self.answer(404, {"detail": "Audio file not found"})
        return self.send(music(self.server.predictions[name]["seconds"], "FLAC"), "audio/flac", how)

    def wrapped(self, data: Any) -> None:
        self.answer(200, {"data": data, "code": 200, "error": None, "timestamp": 1, "extra": None})


class AceServerHandler(ServedHandler):
    """acestep.cpp's ace-server: two jobs a piece; ``Server.cancelled`` names those that were cancelled."""

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        body, place = self.body(), urlsplit(self.path)
        how = self.server.next()
        if self.broken(how):
            return None
        if place.path == "/job":
            name = parse_qs(place.query)["id"][0]
            if name not in self.server.predictions:
                return self.answer(404, {"error": "Job not found"})
            self.server.cancelled.append(name)
            self.server.predictions[name]["status"] = "cancelled"
            return self.answer(200, {"status": "cancelled"})
        if place.path not in ("/lm", "/synth"):
            return self.answer(404, b"", "text/plain")
        if how == "no models":
            return self.answer(501, {"error": "No LM models in registry"})
        if not body["caption"]:
            return self.answer(400, {"error": "Caption is required"})
        self.server.asked.append({"path": place.path, **body})
        name = f"{len(self.server.asked):016x}"
        self.server.predictions[name] = {"polls": 0, "order": body, "path": place.path, "status": "running"}
        return self.answer(200, {"id": name})

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        place = urlsplit(self.path)
        if place.path == "/health":
            return self.answer(200, {"status": "ok"})
        how = self.server.next()
        if self.broken(how):
            return None
        question = parse_qs(place.query)
        job = self.server.predictions.get(question["id"][0])
        if job is None:
            return self.answer(404, {"error": "Job not found"})
        if "result" not in question:
            if job["status"] == "running" and self.ready(job):
                job["status"] = "done"
            return self.answer(200, {"status": how if how in ("failed", "cancelled") else job["status"]})
        if job["status"] != "done" or how == "gone":
            self.server.predictions.clear()
            return self.answer(404, {"error": "Result not ready"})
        if job["path"] == "/lm":
            completed = {
                "synth_model": "acestep-v15-turbo-Q8_0",
                "bpm": 97,
                "keyscale": "A minor",
                "timesignature": "4",
            }
            completed |= job["order"] | {"caption": "a richer caption", "audio_codes": "1,2,3", "output_format": "mp3"}
            return self.answer(200, [completed])  # type: ignore[arg-type]
        kind = "text/html" if how == "no sound" else "audio/wav"
        body = b"--%b\r\nContent-Type: %b\r\n\r\n" % (BOUNDARY.encode(), kind.encode())
        body += music(job["order"]["duration"], "WAV") + b"\r\n--%b\r\n" % BOUNDARY.encode()
        body += b'Content-Type: application/octet-stream\r\nContent-Disposition: form-data; name="latent"\r\n\r\n'
        body += LATENT + b"\r\n--%b--\r\n" % BOUNDARY.encode()
        return self.send(body, f"multipart/mixed; boundary={BOUNDARY}", how)
