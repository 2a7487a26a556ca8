"""The API, called with whatever its own document allows and forbids. ``make fuzz`` does it thousands of times.

Every answer must be one that the document describes, and none a server error.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.conf import settings as site_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, settings
from schemathesis import checks

from jobs.api.calls import api
from jobs.models import Job
from jobs.queue import orders
from musicsite.wsgi import application
from tests.making import composed

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))  # of each call, beside those that the document's limits suggest
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]
answers: Counter[int] = Counter()

raw = json.loads(json.dumps(api.get_openapi_schema()))
for methods in raw["paths"].values():
    for operation in methods.values():
        operation.pop("security", None)  # the tests say who is signed in
document = schemathesis.openapi.from_dict(raw)
document.app = application
tried = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES < 10, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(autouse=True)
def _site(db: None, settings: Any) -> Iterator[None]:
    """Limits that are reached; and no request closes the connection in whose transaction the test runs."""
    settings.LIMIT_ACTIVE, settings.LIMIT_JOBS, settings.LIMIT_REQUESTS = 20, "", ""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module", autouse=True)
def _tell() -> Iterator[None]:
    yield
    print(f"\n{answers.total()} cases; answers: {dict(sorted(answers.items()))}")  # noqa: T201


@pytest.fixture
def signed_in(user: User) -> dict[str, str]:
    """Cookies of a browser in which mina is signed in."""
    session = import_module(site_settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = site_settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return {"sessionid": session.session_key, "XSRF-TOKEN": "t" * 32}


@pytest.fixture
def known(jobs: dict[str, Job], order: Callable[..., Job], other: User, user: User, settings: Any) -> list[UUID]:
    """Ids to try beside made-up ones: mina's jobs in all states, a track with a score, and one of somebody else."""
    settings.GENERATORS = {**settings.GENERATORS, "composer": {"BACKEND": "jobs.generators.composer.Composer"}}
    Job.objects.filter(state="pending").update(not_before=timezone.now())
    track = composed(orders.submit(user, "solo piano", {"duration": 5, "generator": "composer"}))
    return [track.pk, *(job.pk for job in jobs.values()), order(owner=other).pk]


def call(case: Any, cookies: dict[str, str], known: list[UUID]) -> Any:
    """As axios does: the cookies, and their token in a header."""
    try:
        made_up = UUID(str(case.path_parameters.get("job_id")))
    except ValueError:
        pass
    else:
        if made_up.int % 3:
            case.path_parameters["job_id"] = str(known[made_up.int % len(known)])
    headers = {"X-XSRF-TOKEN": cookies["XSRF-TOKEN"]} if cookies else {}
    response = case.call(headers=headers, cookies=cookies)
    answers[response.status_code] += 1
    case.validate_response(response, checks=CHECKS, headers=headers)
    return response


@document.parametrize()
@tried
def test_whoever_is_signed_in_gets_what_is_documented(case: Any, signed_in: dict[str, str], known: list[UUID]) -> None:
    theirs = Job.objects.filter(pk=known[-1]).values_list("state", "updated_at").get()
    call(case, signed_in, known)
    assert Job.objects.filter(pk=known[-1]).values_list("state", "updated_at").get() == theirs


@document.parametrize()
@tried
def test_whoever_is_not_gets_nothing(case: Any, known: list[UUID]) -> None:
    response = call(case, {}, known)
    assert response.status_code >= 400
