"""ElevenLabs and Replicate as their documentation has them, on this machine: states, errors, slowness, what breaks."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import soundfile

KEY = "sk_test"


def music(seconds: float, kind: str) -> bytes:
    """Something that sounds."""
    time_ = np.arange(round(seconds * 44100)) / 44100
    sound = 0.2 * np.sin(2 * np.pi * 330 * time_) * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * time_))
    file = io.BytesIO()
    soundfile.write(file, np.stack([sound, sound], axis=1), 44100, format=kind)
    return file.getvalue()


class Server(ThreadingHTTPServer):
    """``script``: what becomes of the next requests, one word each; after that all goes well."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.script: list[str] = []
        self.slowness = 0.0  # seconds
        self.asked: list[dict[str, Any]] = []  # bodies of orders
        self.predictions: dict[str, dict[str, Any]] = {}
        self.cancelled: list[str] = []
        self.broken_off = 0
        self.polls = 1  # questions for which a piece of a served engine is not ready

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.broken_off += 1  # a client that went away is what is tested

    def next(self) -> str:
        return self.script.pop(0) if self.script else "ok"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def body(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
        return read

    def encoded(self, content: dict[str, Any]) -> bytes:
        return json.dumps(content).encode()

    def answer(
        self, status: int, content: bytes | dict[str, Any], kind: str = "application/json", *,
        length: int | None = None, **headers: str,
    ) -> None:  # fmt: skip
        data = content if isinstance(content, bytes) else self.encoded(content)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)
        if length is not None:
            self.close_connection = True


class ElevenLabsHandler(Handler):
    """POST /v1/music: the sound in the body, the song's id in a header; errors as {"detail": {"status", "message"}}."""

    def do_POST(self) -> None:
        order = self.body()
        self.server.asked.append(order)
        if self.path.partition("?")[0] != "/v1/music" or self.headers["xi-api-key"] != KEY:
            return self.refuse(401, "invalid_api_key", "Invalid API key")
        how = self.server.next()
        time.sleep(self.server.slowness)
        if "drums" in order["prompt"]:
            data = {"prompt_suggestion": "a quiet piece"}
            return self.answer(422, {"detail": {"status": "bad_prompt", "message": "No.", "data": data}})
        sound = music(order["music_length_ms"] / 1000, "MP3")
        match how:
            case "busy":
                return self.refuse(429, "too_many_concurrent_requests", "Wait.", Retry_After="7")
            case "quota":
                return self.refuse(401, "quota_exceeded", "No credits are left.")
            case "down":
                return self.answer(503, b"<html>down</html>", "text/html")
            case "invalid":
                return self.answer(422, {"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}]})
            case "truncated":
                return self.answer(200, sound[: len(sound) // 2], "audio/mpeg", length=len(sound))
            case "html":
                return self.answer(200, b"<html></html>", "text/html")
            case "garbage":
                return self.answer(200, b"\0" * 5000, "audio/mpeg")
        return self.answer(200, sound, "audio/mpeg", song_id=f"song-{len(self.server.asked)}")

    def refuse(self, status: int, code: str, message: str, **headers: str) -> None:
        self.answer(status, {"detail": {"status": code, "message": message}}, **headers)


class ReplicateHandler(Handler):
    """Predictions: POST makes one, GET asks for it, POST …/cancel ends it; results lie under /files for a while."""

    def do_POST(self) -> None:
        body = self.body()
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self.answer(401, {"title": "Unauthenticated", "detail": "No such token.", "status": 401})
        if self.path.endswith("/cancel"):
            name = self.path.split("/")[-2]
            self.server.cancelled.append(name)
            self.server.predictions[name]["status"] = "canceled"
            return self.answer(200, self.server.predictions[name])
        match self.server.next():
            case "busy":
                return self.answer(429, {"detail": "Request was throttled."}, Retry_After="30")
            case "down":
                return self.answer(502, b"Bad Gateway", "text/plain")
            case "poor":
                return self.answer(402, {"title": "Insufficient credit", "detail": "Add credit.", "status": 402})
            case "invalid":
                return self.answer(422, {"title": "Input validation failed", "detail": "duration", "status": 422})
        self.server.asked.append(body)
        name = f"p{len(self.server.asked)}"
        self.server.predictions[name] = {
            "id": name, "model": "owner/name", "version": body.get("version", ""), "input": body["input"],
            "status": "starting", "output": None, "logs": "", "error": None, "metrics": {},
            "created_at": "2026-01-01T00:00:00Z", "began": time.monotonic(),
        }  # fmt: skip
        return self.answer(201, self.server.predictions[name])

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1].partition(".")[0]
        prediction = self.server.predictions.get(name)
        if prediction is None:
            return self.answer(404, {"detail": "Not found."})
        how = self.server.next()
        if self.path.startswith("/files/"):
            sound = music(prediction["input"]["duration"], "WAV")
            if how == "expired":
                return self.answer(404, {"detail": "gone"})
            if how == "truncated":
                return self.answer(200, sound[: len(sound) // 2], "audio/wav", length=len(sound))
            if how == "html":
                return self.answer(200, b"<html></html>", "text/html")
            return self.answer(200, sound, "audio/wav")
        if how == "down":
            return self.answer(503, b"", "text/plain", Retry_After="0.1")
        self._move(prediction, how)
        return self.answer(200, prediction)

    def _move(self, prediction: dict[str, Any], how: str) -> None:
        share = (time.monotonic() - prediction["began"]) / max(self.server.slowness, 0.001)
        if prediction["status"] not in ("starting", "processing"):
            return
        percent = min(round(100 * share), 100)
        bar = f"{percent:3d}%|####      | {percent}/100 [00:01<00:01]\n"
        prediction |= {"status": "processing", "logs": prediction["logs"] + bar}
        if "drums" in prediction["input"]["prompt"]:
            prediction |= {"status": "failed", "error": "The input was flagged as sensitive. (E005)"}
        elif how == "failed":
            prediction |= {"status": "failed", "error": "CUDA out of memory", "metrics": {"predict_time": 2.0}}
        elif how == "aborted":
            prediction |= {"status": "aborted"}
        elif how == "elsewhere":
            prediction |= {"status": "succeeded", "output": "http://127.0.0.2:9/secret"}
        elif share >= 1:
            url = f"{self.server.url}/files/{prediction['id']}.wav"
            prediction |= {"status": "succeeded", "output": url, "metrics": {"predict_time": 4.0}}


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[Server]:
    server = Server(handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
