import json
import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any
from unicodedata import normalize

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job, Outcome, State
from jobs.queue import orders
from tests.api.browser import Browser

pytestmark = pytest.mark.django_db

Submit = Callable[..., Job]
TOKEN = "x" * 32
OUTCOME = Outcome("/tracks/x/audio", {"audio": {"name": "x", "type": "audio/wav", "size": 1}}, 1.0, {})


@pytest.fixture(autouse=True)
def _dummy(dummy: Any) -> None:
    dummy()


@pytest.fixture(params=["long way", "short way"])
def mina(request: pytest.FixtureRequest, user: User) -> Client:
    """A browser in which mina is signed in: each call of the contract is made through each way."""
    if request.param == "long way":
        client = Client()
    else:
        client = Browser(HTTP_X_XSRF_TOKEN=TOKEN)
        client.cookies["XSRF-TOKEN"] = TOKEN
    client.force_login(user)
    return client


def post(client: Client, body: Any, **headers: Any) -> Any:
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post("/api/music", text, content_type="application/json", **headers)


def act(client: Client, job: Job, action: str) -> Any:
    return client.post(f"/api/music/{job.pk}/{action}", content_type="application/json")


def is_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    return body


def test_it_accepts_an_order(mina: Client) -> None:
    response = post(mina, {"prompt": "calm piano", "tempo": 90, "seed": 5})
    body = response.json()
    assert response.status_code == 202
    assert (body["state"], body["progress"], body["queuePosition"], body["resultUrl"]) == ("pending", None, 1, None)
    assert body["statusUrl"] == response["Location"] == f"/api/music/{body['jobId']}/status"
    assert int(response["Retry-After"]) >= 1
    job = Job.objects.get(pk=body["jobId"])
    assert (job.options, job.seed) == ({"tempo": 90, "seed": 5}, 5)


def test_it_tells_the_place_in_the_queue(mina: Client, other: Any) -> None:
    orders.submit(other, "first")
    ids = [post(mina, {"prompt": "piano"}).json()["jobId"] for _ in range(3)]
    places = [mina.get(f"/api/music/{pk}/status").json()["queuePosition"] for pk in ids]
    assert places == [2, 3, 4]


def test_it_follows_a_job_to_its_end(mina: Client, order: Submit, claim: Any) -> None:
    pk = order().pk
    job = claim()
    job.beat("rendering", 40)
    body = mina.get(f"/api/music/{pk}/status").json()
    assert (body["state"], body["progress"], body["stage"], body["queuePosition"]) == (
        "processing",
        40,
        "rendering",
        None,
    )
    assert body["etaSeconds"] >= 1
    job.finish(OUTCOME)
    response = mina.get(f"/api/music/{pk}/status")
    body = response.json()
    assert (body["state"], body["progress"], body["resultUrl"], body["error"]) == ("done", 100, "/tracks/x/audio", None)
    assert "Retry-After" not in response


def test_it_says_what_went_wrong(mina: Client, order: Submit, claim: Any) -> None:
    job = order()
    claim().fail("refused", "Not this one.", retryable=False)
    body = mina.get(f"/api/music/{job.pk}/status").json()
    assert (body["state"], body["error"]) == (
        "error",
        {"code": "refused", "message": "Not this one.", "retryable": False},
    )


def test_it_answers_304_when_nothing_changed(mina: Client, order: Submit, claim: Any) -> None:
    url = f"/api/music/{order().pk}/status"
    first = mina.get(url)
    assert first["ETag"].startswith('W/"')
    again = mina.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    claim()
    assert mina.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_same_key_gives_the_same_job(mina: Client) -> None:
    key = {"headers": {"Idempotency-Key": "abc"}}
    first, again = post(mina, {"prompt": "piano"}, **key), post(mina, {"prompt": "piano"}, **key)
    assert again.status_code == 202
    assert first.json()["jobId"] == again.json()["jobId"]
    assert Job.objects.count() == 1
    is_problem(post(mina, {"prompt": "organ"}, **key), 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "   \n"}, "prompt"),
        ({"prompt": "x" * 10_000}, "prompt"),
        ({"prompt": "a\x00b"}, "prompt"),
        ('{"prompt": "\\ud800"}', "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"prompt": ["piano"]}, "prompt"),
        ({}, "prompt"),
        ([], "body"),
        ({"prompt": "x", "tempoo": 5}, "tempoo"),
        ({"prompt": "x", "duration": -1}, "duration"),
        ({"prompt": "x", "duration": 1e9}, "duration"),
        ({"prompt": "x", "duration": "60"}, "duration"),
        ({"prompt": "x", "duration": True}, "duration"),
        ('{"prompt": "x", "duration": NaN}', "duration"),
        ({"prompt": "x", "tempo": 10_000}, "tempo"),
        ({"prompt": "x", "seed": -1}, "seed"),
        ({"prompt": "x", "seed": 1.5}, "seed"),
        ({"prompt": "x", "seed": 2**64}, "seed"),
        ({"prompt": "x", "style": "nope"}, "style"),
        ({"prompt": "x", "generator": "nope"}, "generator"),
        ({"prompt": "x", "instruments": ["nope"]}, "instruments"),
        ({"prompt": "x", "moods": "happy"}, "moods"),
    ],
)
def test_it_names_the_field_that_is_wrong(mina: Client, body: Any, field: str) -> None:
    problem = is_problem(post(mina, body), 422, "invalid")
    assert any(error["field"].split(".")[0] == field for error in problem["errors"]), problem
    assert Job.objects.count() == 0


def test_a_number_that_is_none_is_one_fault_of_its_field(mina: Client) -> None:
    (fault,) = post(mina, {"prompt": "techno", "tempo": "fast"}).json()["errors"]
    assert fault == {"field": "tempo", "message": "Input should be a valid number"}


@pytest.mark.parametrize(
    "prompt", ["🎹🎶", "موسيقى هادئة", "<script>alert(1)</script>", "'; DROP TABLE jobs;--", "%00\u202e", "신나는 록"]
)
def test_it_takes_any_words(mina: Client, prompt: str) -> None:
    response = post(mina, {"prompt": prompt})
    assert response.status_code == 202
    assert response.json()["prompt"] == prompt


def test_it_refuses_what_is_no_json(mina: Client) -> None:
    is_problem(post(mina, "{prompt"), 400, "malformed")
    is_problem(post(mina, b"\xff\xfe"), 400, "malformed")
    is_problem(mina.post("/api/music", {"prompt": "x"}), 415, "unsupported_media_type")
    is_problem(post(mina, {"prompt": "x" * 400_000}), 413, "too_large")


def test_it_is_nobody_elses_business(mina: Client, order: Submit, other: Any) -> None:
    theirs = order(owner=other)
    for method, path in (
        ("get", f"{theirs.pk}/status"),
        ("post", f"{theirs.pk}/cancel"),
        ("post", f"{theirs.pk}/retry"),
        ("delete", f"{theirs.pk}"),
        ("get", f"{uuid.uuid4()}/status"),
    ):
        call = getattr(mina, method)
        is_problem(call(f"/api/music/{path}", content_type="application/json"), 404, "not_found")
    assert mina.get("/api/music").json()["items"] == []
    assert mina.get("/api/music/active").json()["jobs"] == []
    theirs.refresh_from_db()
    assert theirs.state == State.PENDING


def test_it_answers_in_problems_on_every_path_and_method(mina: Client) -> None:
    is_problem(mina.get("/api/nothing"), 404, "not_found")
    is_problem(mina.get("/api/music/not-an-id/status"), 404, "not_found")
    is_problem(mina.put("/api/music"), 405, "method_not_allowed")
    is_problem(mina.get(f"/api/music/{uuid.uuid4()}/cancel"), 405, "method_not_allowed")


def test_it_wants_a_login(client: Client, order: Submit) -> None:
    job = order()
    for method, path in (
        ("get", "/api/music"),
        ("post", "/api/music"),
        ("get", "/api/music/active"),
        ("get", f"/api/music/{job.pk}/status"),
        ("post", f"/api/music/{job.pk}/cancel"),
        ("delete", f"/api/music/{job.pk}"),
    ):
        is_problem(getattr(Client(enforce_csrf_checks=True), method)(path), 401, "signed_out")


def test_unsafe_calls_want_the_token_that_axios_sends(user: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    is_problem(post(client, {"prompt": "piano"}), 403, "csrf_failed")
    client.get("/")
    token = client.cookies["XSRF-TOKEN"].value
    assert post(client, {"prompt": "piano"}, headers={"X-XSRF-TOKEN": token}).status_code == 202
    is_problem(post(client, {"prompt": "piano"}, headers={"X-XSRF-TOKEN": "x" * 64}), 403, "csrf_failed")


def test_it_cancels_and_retries(mina: Client, order: Submit, claim: Any) -> None:
    job = order()
    for _ in range(2):
        response = act(mina, job, "cancel")
        assert (response.status_code, response.json()["error"]["code"]) == (200, "cancelled")
    assert act(mina, job, "retry").json()["state"] == "pending"
    is_problem(act(mina, job, "retry"), 409, "illegal_transition")
    is_problem(mina.delete(f"/api/music/{job.pk}"), 409, "illegal_transition")
    claim().finish(OUTCOME)
    is_problem(act(mina, job, "cancel"), 409, "illegal_transition")
    is_problem(act(mina, job, "retry"), 409, "illegal_transition")
    assert mina.delete(f"/api/music/{job.pk}").status_code == 204
    is_problem(mina.get(f"/api/music/{job.pk}/status"), 404, "not_found")


def test_it_orders_variations(mina: Client, order: Submit, other: Any) -> None:
    job, theirs = order(), order(owner=other)
    url = f"/api/music/{job.pk}/vary"
    body = mina.post(url, {"change": "settings", "tempo": 99}, content_type="application/json").json()
    made = Job.objects.get(pk=body["jobId"])
    assert (made.variation_of, made.brief["tempo"]) == (job, 99)
    is_problem(mina.post(url, {"change": "colour"}, content_type="application/json"), 422, "invalid")
    is_problem(mina.post(url, {"change": "melody", "tempo": 9}, content_type="application/json"), 422, "invalid")
    url = f"/api/music/{theirs.pk}/vary"
    is_problem(mina.post(url, {"change": "melody"}, content_type="application/json"), 404, "not_found")


def test_it_pages_through_my_jobs_newest_first(mina: Client, order: Submit) -> None:
    ids = [str(order().pk) for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = mina.get("/api/music", {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["jobId"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert seen == ids[::-1]
    is_problem(mina.get("/api/music?cursor=!!!"), 400, "bad_cursor")
    is_problem(mina.get("/api/music?limit=1000"), 422, "invalid")


def test_one_call_tells_of_all_my_jobs(mina: Client, order: Submit, claim: Any) -> None:
    first, second = order(), order()
    body = mina.get("/api/music/active").json()
    assert [job["jobId"] for job in body["jobs"]] == [str(first.pk), str(second.pk)]
    assert body["finished"] == []
    cursor = body["cursor"]
    claim().finish(OUTCOME)
    response = mina.get("/api/music/active", {"since": cursor})
    body = response.json()
    assert [job["jobId"] for job in body["jobs"]] == [str(second.pk)]
    assert [(job["jobId"], job["state"]) for job in body["finished"]] == [(str(first.pk), "done")]
    assert body["pollAfterSeconds"] <= 2
    assert "Retry-After" in response
    unchanged = mina.get("/api/music/active", {"since": cursor}, headers={"If-None-Match": response["ETag"]})
    assert unchanged.status_code == 304
    is_problem(mina.get("/api/music/active?since=yesterday"), 400, "bad_cursor")


def test_a_hot_call_costs_few_queries(
    mina: Client, order: Submit, claim: Any, django_assert_max_num_queries: Any
) -> None:
    job = order()
    claim()
    mina.get(f"/api/music/{job.pk}/status")
    with django_assert_max_num_queries(3):  # session, user, job
        mina.get(f"/api/music/{job.pk}/status")


def test_its_document_describes_every_call(client: Client) -> None:
    document = client.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    calls = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert calls == {
        ("/api/music", "get"),
        ("/api/music", "post"),
        ("/api/music", "delete"),
        ("/api/music/batch", "post"),
        ("/api/music/archive", "get"),
        ("/api/music/compare", "post"),
        ("/api/music/active", "get"),
        ("/api/music/events", "get"),
        ("/api/music/{job_id}/preview", "get"),
        ("/api/music/{job_id}/preview", "post"),
        ("/api/music/{job_id}", "get"),
        ("/api/music/{job_id}/status", "get"),
        ("/api/music/{job_id}/events", "get"),
        ("/api/music/{job_id}/cancel", "post"),
        ("/api/music/{job_id}/retry", "post"),
        ("/api/music/{job_id}/vary", "post"),
        ("/api/music/{job_id}/export", "post"),
        ("/api/music/{job_id}/score", "get"),
        ("/api/music/{job_id}/edit", "get"),
        ("/api/music/{job_id}/edit", "put"),
        ("/api/music/{job_id}/revisions/{number}/restore", "post"),
        ("/api/music/{job_id}/versions", "post"),
        ("/api/music/{job_id}", "delete"),
    }
    order = document["components"]["schemas"]["Order"]["properties"]
    assert {"prompt", "duration", "tempo", "key", "seed"} <= set(order)


# -- What HTTP says besides --------------------------------------------------------------------------------------------


def test_head_is_what_get_says_without_the_content(mina: Client, order: Submit) -> None:
    job = order()
    for path in ("", "/active", f"/{job.pk}/status", "?limit=1"):
        got, head = mina.get(f"/api/music{path}"), mina.head(f"/api/music{path}")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head["Content-Length"]) == len(got.content)
        assert (head["Content-Type"], "ETag" in head) == (got["Content-Type"], True)
    assert mina.head(f"/api/music/{uuid.uuid4()}/status").status_code == 404
    refused = mina.head(f"/api/music/{job.pk}/cancel")
    assert (refused.status_code, refused.content) == (405, b"")
    assert "GET, HEAD" in mina.put("/api/music")["Allow"]
    assert Client().head("/api/music").status_code == 401


@pytest.mark.parametrize("wanted", ["{}", '"x", {}', "*"])
def test_it_says_that_nothing_has_changed(mina: Client, order: Submit, wanted: str) -> None:
    path = f"/api/music/{order().pk}/status"
    condition = {"If-None-Match": wanted.format(mina.get(path)["ETag"])}
    assert [mina.get(path, headers=condition).status_code, mina.head(path, headers=condition).status_code] == [304, 304]


def in_chunks(mina: Client, body: bytes, **environ: Any) -> Any:
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    return mina.generic("POST", "/api/music", body, "application/json", **environ)


def test_a_body_in_chunks_is_read_where_its_end_is_known(mina: Client) -> None:
    body = json.dumps({"prompt": "calm piano"}).encode()
    read = in_chunks(mina, body, **{"wsgi.input_terminated": True})
    assert (read.status_code, read.json().get("prompt")) == (202, "calm piano")
    is_problem(in_chunks(mina, b" " * 400_000 + body, **{"wsgi.input_terminated": True}), 413, "too_large")
    is_problem(in_chunks(mina, body), 411, "length_required")


@pytest.mark.parametrize("text", ["\u200b", "\u3164 \u2800"])
def test_a_title_and_a_prompt_show_something(mina: Client, text: str) -> None:
    body = is_problem(post(mina, {"prompt": "piano", "title": text}), 422, "invalid")
    assert [error["field"] for error in body["errors"]] == ["title"]
    body = is_problem(post(mina, {"prompt": text}), 422, "invalid")
    assert [error["field"] for error in body["errors"]] == ["prompt"]


def test_text_is_counted_and_kept_composed(mina: Client, settings: Any) -> None:
    settings.MAX_PROMPT = 10
    title, prompt = "\ube44" * 120, "\ube44" * 10
    response = post(mina, {"prompt": normalize("NFD", prompt), "title": normalize("NFD", title)})
    assert response.status_code == 202, response.content
    assert (response.json()["prompt"], response.json()["title"]) == (prompt, title)
