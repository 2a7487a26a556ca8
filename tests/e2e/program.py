"""A script with a token of somebody's on a running site."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from typing import Any, NamedTuple
from uuid import uuid4

from django.conf import settings

from tests.site import Axios, Site

PATIENCE = 60  # seconds


class Program(NamedTuple):
    url: str
    token: str
    secret: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        fields = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        for name, value in fields.items():
            request.add_header(name.replace("_", "-"), value)
        return urllib.request.urlopen(request, timeout=PATIENCE)


def come(site: Site) -> Program:
    """Somebody new, for whom an operator has made a token."""
    name = f"robot{uuid4().hex[:8]}"
    Axios(site.url).sign_up(name)
    command = ["createtoken", name, "--name", "script", "--scopes", "read,create,manage"]
    printed = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR, env=site.env, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    *_, secret, token = printed.splitlines()
    return Program(site.url, token, secret)
