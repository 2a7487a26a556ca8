import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unicodedata import normalize
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from jobs.models import Attempt, Job, State, WorkerHost
from jobs.operators import filters
from jobs.queue import transitions
from jobs.worker import attempt

LIST = "/admin/jobs/job/"
Claim = Callable[[], Job]


@pytest.fixture
def onlooker(db: None) -> Client:
    """Staff who may look at jobs and do nothing."""
    user = User.objects.create_user("looker", "", "correct horse 9", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def made(order: Any, claim: Claim) -> Callable[..., Job]:
    """A job that a worker has finished, with its file."""

    def make(prompt: str = "calm piano", **values: Any) -> Job:
        job = order(prompt, **values)
        attempt.run(claim())
        job.refresh_from_db()
        return job

    return make


@pytest.fixture
def failed(order: Any, claim: Claim) -> Callable[..., Job]:
    def make(prompt: str = "calm piano", code: str = "overloaded", retryable: bool = True) -> Job:
        order(prompt)
        job = claim()
        job.fail(code, "Too much to do.", retryable=retryable, traceback="Traceback: <here>")
        job.refresh_from_db()
        return job

    return make


def listed(client: Client, query: str = "") -> set[UUID]:
    """Ids of the jobs that the list shows for a query string."""
    response = client.get(LIST + query)
    assert response.status_code == 200
    return {job.pk for job in response.context["cl"].result_list}


def act(client: Client, action: str, *jobs: Job, **data: Any) -> list[str]:
    """Run an action on jobs as the list's form does; what it said."""
    chosen = [str(job.pk) for job in jobs]
    response = client.post(LIST, {"action": action, "_selected_action": chosen, **data}, follow=True)
    return [str(message) for message in response.context["messages"]]


def test_it_lists_jobs_with_what_an_operator_asks_first(operator: Client, failed: Any) -> None:
    job = failed()
    now = timezone.now()
    Job.objects.update(created_at=now - timedelta(hours=3), started_at=now - timedelta(seconds=90), finished_at=now)
    Attempt.objects.update(started_at=now - timedelta(hours=2, minutes=50))
    page = operator.get(LIST).content.decode()
    for text in (
        job.title,
        "Failed",
        "mina",
        "dummy",
        "1 / 3",
        "overloaded",
        "10 min 00 s",
        "1 min 30 s",
        "3 h 00 min",
    ):
        assert text in page


def test_it_lists_many_jobs_in_as_many_queries_as_few(operator: Client, made: Any, order: Any) -> None:
    made()
    operator.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as few:
        operator.get(LIST)
    for number in range(12):
        WorkerHost.objects.create(
            host=f"h{number}", pid=1, lane="default", size=1, started_at=timezone.now(), seen_at=timezone.now()
        )
        order(owner=User.objects.create_user(f"user{number}"))
    with CaptureQueriesContext(connection) as many:
        assert len(listed(operator)) == 13
    assert len(many) == len(few) <= 6
    assert not any("DISTINCT" in query["sql"] for query in many)


def test_it_counts_no_further_than_it_shows(operator: Client, order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters.CappedPaginator, "cap", 2)
    monkeypatch.setattr("jobs.operators.admin.JobAdmin.list_per_page", 1)
    for _ in range(4):
        order()
    assert operator.get(LIST).context["cl"].paginator.num_pages == 2


def test_it_filters_by_state(operator: Client, made: Any, failed: Any, order: Any, claim: Claim) -> None:
    done, error, cancelled = made(), failed(), failed()
    transitions.retry(cancelled)
    transitions.cancel(cancelled)
    order()
    running = claim()
    waiting = order()
    found = {name: listed(operator, f"?state={name}") for name in filters.StateFilter.choices_by_name}
    assert found == {
        "waiting": {waiting.pk}, "processing": {running.pk}, "done": {done.pk}, "failed": {error.pk},
        "cancelled": {cancelled.pk},
    }  # fmt: skip


def test_it_filters_by_age_generator_and_host(operator: Client, made: Any, order: Any) -> None:
    tried, old = made(), order()
    Job.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    Job.objects.filter(pk=tried.pk).update(generator="gone")
    assert listed(operator, "?age=hour") == listed(operator, "?age=month") == {tried.pk}
    assert listed(operator, "?age=older") == listed(operator, "?generator=dummy") == {old.pk}
    assert listed(operator, "?host=here") == listed(operator, "?generator=gone") == {tried.pk}
    assert listed(operator, "?host=elsewhere") == set()


def test_it_offers_the_hosts_that_work_now(operator: Client, order: Any, claim: Claim) -> None:
    now = timezone.now()
    WorkerHost.objects.create(host="there", pid=1, lane="default", size=2, started_at=now, seen_at=now)
    order()
    claim()
    (spec,) = [s for s in operator.get(LIST).context["cl"].filter_specs if s.parameter_name == "host"]
    assert [name for name, _ in spec.lookup_choices] == ["here", "there"]


def test_it_finds_jobs_by_owner_words_and_id(operator: Client, order: Any, other: User) -> None:
    piano = order("calm piano at night", title="One")
    rock = order("loud rock", owner=other, title="Two")  # a title of its own could say "Night"
    assert listed(operator, "?q=MINA") == listed(operator, "?q=mina@example.org") == {piano.pk}
    assert listed(operator, "?q=night+piano") == {piano.pk}
    assert listed(operator, "?q=night+rock") == set()
    assert listed(operator, f"?q={rock.pk}") == listed(operator, f"?q={rock.pk.hex[:8]}") == {rock.pk}
    assert listed(operator, f"?q=https://x.org/tracks/{rock.pk}/") == {rock.pk}
    assert listed(operator, f"?q={uuid4()}") == set()
    assert listed(operator, f"?owner__id__exact={other.pk}") == {rock.pk}


def test_it_looks_an_id_up_by_its_key(operator: Client, order: Any) -> None:
    pk = order().pk
    if connection.vendor == "postgresql":  # a small table is read whole even where there is an index
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    for text in (str(pk), pk.hex[:8]):
        plan = filters.search(Job.objects.all(), text).explain()
        assert "SCAN" not in plan
        assert "Seq Scan" not in plan


def test_it_finds_in_any_case_and_composition(operator: Client, order: Any, other: User) -> None:
    User.objects.filter(pk=other.pk).update(username="Émile비")
    theirs, prompt = order("rock", owner=other), order("Привет Überraschung 비 오는")
    for name in ("Émile비", "émile비", "ÉMILE비", normalize("NFD", "émile비")):
        assert listed(operator, f"?q={quote(name)}") == {theirs.pk}
        assert "mile비" in operator.get(f"/admin/auth/user/?q={quote(name)}").content.decode()
    for words in ("привет", "ÜBERRASCHUNG", normalize("NFD", "오는")):
        assert listed(operator, f"?q={quote(words)}") == {prompt.pk}


@pytest.mark.parametrize(
    "path",
    [
        *(f"jobs/job/?{name}=%00" for name in ("q", "generator", "host", "state", "age", "o", "p", "%00")),
        "jobs/job/?owner__id__exact=%00",
        "jobs/job/?host=a%07b&generator=x%00", "jobs/job/?_changelist_filters=%00", "auth/user/?q=%00",
        "auth/user/?is_staff__exact=%00", "auth/user/?groups__id__exact=%00", "auth/user/?username=%00",
        "auth/group/?q=%00", "jobs/job/%00/change/", "auth/user/%00/change/", "jobs/workerhost/?q=%00",
        "dashboard/?span=%00", "jobs/job/?q=" + "x+" * 3000,
    ],
)  # fmt: skip
def test_no_address_asks_the_database_for_what_no_text_has(operator: Client, order: Any, path: str) -> None:
    order()
    assert operator.get(f"/admin/{path}", follow=True).status_code in (200, 404)


@pytest.mark.parametrize(
    "query", ["?q=%00", "?state=nope", "?age=nope", "?p=9999", "?q=" + "x" * 5000, "?q=%F0%9F%8E%B9"]
)
def test_it_takes_any_query(operator: Client, order: Any, query: str) -> None:
    order()
    assert operator.get(LIST + query, follow=True).status_code == 200


def test_it_shows_a_job_with_its_attempts_and_escapes_what_users_wrote(operator: Client, failed: Any) -> None:
    job = failed("<script>alert(1)</script> piano")
    page = operator.get(f"{LIST}{job.pk}/change/").content.decode()
    assert "<script>alert(1)" not in page
    assert "Too much to do." in page
    assert re.search(r"<details><summary>Traceback</summary><pre>Traceback: &lt;here&gt;</pre></details>", page)
    assert "here · 4242" in page
    assert 'name="prompt"' not in page


def test_it_changes_nothing_by_hand(operator: Client, order: Any) -> None:
    job = order()
    assert operator.get(f"{LIST}add/").status_code == 403
    assert operator.post(f"{LIST}{job.pk}/change/", {"state": "done"}).status_code == 403
    job.refresh_from_db()
    assert job.state == State.PENDING


def test_it_retries_what_may_be_retried_and_says_what_not(operator: Client, failed: Any, made: Any) -> None:
    error, refused, done = failed(), failed(code="refused", retryable=False), made()
    said = act(operator, "retry", error, refused, done)
    assert [job.state for job in map(fresh, (error, refused, done))] == [State.PENDING, State.ERROR, State.DONE]
    assert len(said) == 3
    assert sum("left alone" in text for text in said) == 2
    assert any("refused" in text for text in said)
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(error.pk)]


def test_it_cancels_what_has_not_ended(operator: Client, order: Any, claim: Claim, made: Any) -> None:
    done = made()
    order()
    running, waiting = claim(), order()
    said = act(operator, "cancel", done, running, waiting)
    assert [fresh(job).error_code for job in (done, running, waiting)] == ["", "cancelled", "cancelled"]
    assert sum("left alone" in text for text in said) == 1
    assert {entry.object_id for entry in LogEntry.objects.all()} == {str(running.pk), str(waiting.pk)}


def test_it_deletes_ended_jobs_with_their_files(
    operator: Client, made: Any, order: Any, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    done, waiting = made(), order()
    folder = settings.MEDIA_ROOT / "tracks" / str(done.pk)
    assert folder.exists()
    assert "have not ended" in act(operator, "delete", done, waiting, post="yes")[0]
    assert Job.objects.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        act(operator, "delete", done, post="yes")
    assert not Job.objects.filter(pk=done.pk).exists()
    assert not folder.exists()
    assert LogEntry.objects.get().is_deletion()


def test_it_asks_before_it_deletes(operator: Client, made: Any) -> None:
    job = made()
    response = operator.post(LIST, {"action": "delete", "_selected_action": [str(job.pk)]})
    assert "Are you sure" in response.content.decode()
    assert Job.objects.exists()


def test_it_deletes_no_job_that_has_not_ended(operator: Client, order: Any) -> None:
    job = order()
    assert operator.post(f"{LIST}{job.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Job.objects.exists()


def test_it_takes_only_so_many_jobs_at_once(operator: Client, failed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.operators.admin.AT_ONCE", 1)
    jobs = [failed(), failed()]
    assert "At most 1" in act(operator, "retry", *jobs)[0]
    assert {fresh(job).state for job in jobs} == {State.ERROR}


def test_it_has_the_button_that_a_job_needs(operator: Client, order: Any) -> None:
    job = order()
    address = f"{LIST}{job.pk}"
    assert f'action="{address}/cancel/"' in operator.get(f"{address}/change/").content.decode()
    assert operator.get(f"{address}/cancel/").status_code == 405
    assert operator.post(f"{address}/cancel/").status_code == 302
    assert fresh(job).is_cancelled
    assert f'action="{address}/retry/"' in operator.get(f"{address}/change/").content.decode()
    operator.post(f"{address}/retry/")
    assert fresh(job).state == State.PENDING
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(job.pk)] * 2


def test_it_lets_operators_listen(operator: Client, made: Any) -> None:
    job = made()
    address = reverse("admin:jobs_job_file", args=[job.pk, "audio"])
    assert address in operator.get(LIST).content.decode()
    assert f'src="{address}"' in operator.get(f"{LIST}{job.pk}/change/").content.decode()
    whole, part = operator.get(address), operator.get(address, headers={"range": "bytes=0-3"})
    assert (whole.status_code, whole["Content-Type"], part.status_code) == (200, "audio/wav", 206)
    assert len(whole.getvalue()) == job.files["audio"]["size"]
    assert part.getvalue() == b"RIFF"
    assert operator.get(reverse("admin:jobs_job_file", args=[job.pk, "nothing"])).status_code == 404
    assert operator.get(reverse("admin:jobs_job_file", args=[uuid4(), "audio"])).status_code == 404


def test_it_lets_nobody_else_in(mina: Client, made: Any) -> None:
    job = made()
    for address in ("", f"{job.pk}/change/", f"{job.pk}/files/audio"):
        assert mina.get(LIST + address).status_code == 302
    for address in (f"{job.pk}/retry/", f"{job.pk}/cancel/"):
        assert mina.post(LIST + address).status_code == 302
    assert fresh(job).state == State.DONE


def test_it_lets_onlookers_look_only(onlooker: Client, order: Any, failed: Any) -> None:
    error, job = failed(), order()
    page = onlooker.get(f"{LIST}{error.pk}/change/").content.decode()
    assert "Traceback" in page
    assert "/retry/" not in page
    assert onlooker.post(f"{LIST}{job.pk}/cancel/").status_code == 403
    act(onlooker, "cancel", job)
    act(onlooker, "delete", error, post="yes")
    assert fresh(job).state == State.PENDING
    assert Job.objects.count() == 2


def test_it_shows_the_workers(operator: Client) -> None:
    now = timezone.now()
    for host, seen in (("awake", now), ("silent", now - timedelta(minutes=2))):
        WorkerHost.objects.create(
            host=host, pid=7, lane="default", size=2, started_at=now - timedelta(hours=1), seen_at=seen
        )
    page = operator.get("/admin/jobs/workerhost/").content.decode()
    assert re.search(r"awake.*icon-yes.*silent.*icon-no", page, re.DOTALL)
    assert operator.get("/admin/jobs/workerhost/add/").status_code == 403


def test_it_has_no_page_that_goes_around_the_state_machine(operator: Client) -> None:
    assert not [model for model in admin.site._registry if model._meta.app_label == "django_q"]
    with pytest.raises(NoReverseMatch):
        reverse("admin:django_q_ormq_changelist")
    assert operator.get("/admin/django_q/").status_code == 404


def test_it_speaks_korean(operator: Client, made: Any) -> None:
    made()
    assert operator.get(LIST, headers={"accept-language": "ko"}).status_code == 200


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_every_file_that_its_pages_load_is_there() -> None:
    """Where names of files carry their sums, a page that names one that is not there is a 500."""
    medias = [model.media for model in admin.site._registry.values()]
    styles = {name for media in medias for lists in media._css_lists for names in lists.values() for name in names}
    names = styles | {str(name) for media in medias for scripts in media._js_lists for name in scripts}
    assert "operators/admin.css" in names
    assert {name for name in names if finders.find(name) is None} == set()
