"""Scripts and styles as they are served: smaller, and still what they were."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.chromium import chromium

SOURCE = Path(__file__).parents[2] / "static"


@pytest.fixture(scope="module")
def served(tmp_path_factory: Any, django_db_blocker: Any) -> Path:
    """The static files as ``collectstatic`` leaves them, gathered twice."""
    from django.test import override_settings

    folder: Path = tmp_path_factory.mktemp("static")
    storages = {"staticfiles": {"BACKEND": "musicsite.static_files.SmallStaticFiles"}}
    with override_settings(STATIC_ROOT=folder, STORAGES=storages, DEBUG=False):
        for _ in range(2):
            call_command("collectstatic", interactive=False, verbosity=0)
    return folder


def weight(folder: Path) -> int:
    """Bytes over the wire of our scripts and styles under their own names."""
    return sum(len(gzip.compress((folder / name).read_bytes())) for name in names())


def names() -> list[Path]:
    return [path.relative_to(SOURCE) for path in (SOURCE / "pages").rglob("*.*")]


def test_they_are_a_quarter_lighter(served: Path) -> None:
    assert weight(served) < 0.8 * weight(SOURCE)


def test_what_others_wrote_stays_as_it_is(served: Path) -> None:
    htmx = "django_htmx/htmx-2.min.js"
    import django_htmx

    assert (served / htmx).read_bytes() == (Path(django_htmx.__file__).parent / "static" / htmx).read_bytes()


def test_each_has_a_name_by_its_content_that_is_compressed(served: Path) -> None:
    (hashed,) = (served / "pages/css").glob("base.*.css")
    assert hashed.read_text() == (served / "pages/css/base.css").read_text()
    assert gzip.decompress(Path(f"{hashed}.gz").read_bytes()) == hashed.read_bytes()


@pytest.fixture
def browser() -> Iterator[Any]:
    with chromium() as there:
        yield there


@pytest.mark.browser
def test_a_browser_understands_every_script(served: Path, browser: Any) -> None:
    context = browser.new_context()
    page = context.new_page()

    def answer(route: Any) -> None:
        path = served / route.request.url.partition("http://static.test/")[2]
        if path.is_file():
            route.fulfill(body=path.read_bytes(), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>x</title>", content_type="text/html")

    page.route("**/*", answer)
    page.goto("http://static.test/")
    scripts = [str(path) for path in names() if path.suffix == ".js"]
    assert len(scripts) > 15
    loaded = """async (paths) => {
        const broken = [];
        for (const path of paths) {
            try { await import(`/${path}`); } catch (error) {
                if (error instanceof SyntaxError) broken.push(`${path}: ${error}`);
            }
        }
        return broken;
    }"""
    assert page.evaluate(loaded, scripts) == []
    context.close()
