"""What monitoring is given asks for nothing that the site does not tell."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from jobs.telemetry import counting
from jobs.worker import attempt

DEPLOY = Path(settings.BASE_DIR) / "deploy"
RULES = DEPLOY / "prometheus/alerts.yml"
DASHBOARD = DEPLOY / "grafana/musicsite.json"


def alerts() -> list[Any]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in alerts())
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


@pytest.fixture
def told(client: Client, order: Any, claim: Callable[[], Any]) -> dict[str, set[str]]:
    """Name of each figure → names of its labels."""
    order()
    attempt.run(claim())
    counting.count_ended()
    client.get("/accounts/login/")
    cache.clear()
    found: dict[str, set[str]] = {"up": {"job"}}
    for family in text_string_to_metric_families(client.get("/metrics").content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_rules_and_dashboard_ask_only_for_figures_that_are_there(told: dict[str, set[str]]) -> None:
    asked = 0
    for expression in expressions():
        for name, selector in re.findall(r"\b(musicsite_\w+|up)\b(?:\{([^}]*)\})?", expression):
            assert name in told, expression
            labels = set(re.findall(r"(\w+)\s*[=!]", re.sub(r'"[^"]*"', '""', selector)))
            assert labels <= told[name], expression
            asked += 1
        for by in re.findall(r"\bby \(([^)]*)\)", expression):
            known = set().union(*(told[name] for name in re.findall(r"musicsite_\w+|\bup\b", expression)))
            assert set(by.split(", ")) <= known | {"instance"}, expression
    assert asked > 30


def test_every_figure_is_explained_and_shown(told: dict[str, set[str]]) -> None:
    text = (Path(settings.BASE_DIR) / "docs/OPERATING.md").read_text()
    shown = " ".join(expressions())
    names = {re.sub("_(bucket|sum|count)$", "", name) for name in told if not name.endswith("_created")}
    for name in names - {"up"}:
        assert f"`{name}`" in text, name
        assert name in shown, name


def test_every_alert_says_what_to_do() -> None:
    text = (Path(settings.BASE_DIR) / "docs/ALERTS.md").read_text()
    named = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert named == [rule["alert"] for rule in alerts()]
    for rule in alerts():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]


def test_prometheus_takes_the_rules() -> None:
    if not (promtool := shutil.which("promtool")):
        pytest.skip("There is no promtool; Debian's package prometheus has it.")
    subprocess.run([promtool, "check", "rules", str(RULES)], check=True, stdout=subprocess.DEVNULL)
