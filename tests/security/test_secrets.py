"""Nothing in the repository opens a door."""

import re
import subprocess

import pytest
from django.conf import settings

KEYS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    rb"|\bxox[abprs]-[0-9A-Za-z-]{20,}|\bsk_[0-9a-f]{48}\b|\br8_[A-Za-z0-9]{37}\b|\bhf_[A-Za-z]{34}\b"
    rb"|https://[0-9a-f]{32}@[\w.-]*sentry|\beyJ[\w-]{20,}\."
)
STORES = (".sqlite3", ".pem", ".key", ".p12", ".env", "secret-key", "id_rsa", "id_ed25519")


def test_no_secret_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=settings.BASE_DIR, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    names = listed.stdout.decode().split("\0")[:-1]
    assert len(names) > 100
    assert [name for name in names if name.endswith(STORES)] == []
    found = {name: KEYS.findall((settings.BASE_DIR / name).read_bytes()) for name in names}
    assert {name: keys for name, keys in found.items() if keys} == {}


@pytest.mark.parametrize("key", ["-----BEGIN RSA PRIVATE " + "KEY-----", "AKIA" + "A" * 16, "r8_" + "a" * 37])
def test_it_would_be_seen(key: str) -> None:
    assert KEYS.search(f"key = {key!r}".encode())
