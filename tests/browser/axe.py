"""What axe finds on a page, and what makes anybody scroll sideways.

A page has several looks: a theme and a width each. All that axe asks is asked in one of them, and what depends on
colours and widths alone in the other, too, without opening the page again.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS_ALONE = {
    "type": "rule",
    "values": ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"],
}
_RUN = """([within, rules]) => axe.run(within ? document.querySelector(within) : document,
    { runOnly: rules, resultTypes: ["violations"] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(node =>
        `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)))"""
_TOO_WIDE = """() => {
    const most = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth - most;
    const scrolls = box => { for (let one = box.parentElement; one; one = one.parentElement)
        if (getComputedStyle(one).overflowX !== "visible" || getComputedStyle(one).clipPath !== "none") return true; };
    const out = [...document.querySelectorAll("body *")].filter(one => {
        const { left, right, width, height } = one.getBoundingClientRect();
        return width > 1 && height > 1 && (right > most + 1 || left < -1)
            && one.checkVisibility({ visibilityProperty: true }) && !scrolls(one)
            && getComputedStyle(one).clipPath === "none";
    });
    return wide > 0 || out.length ? [wide, ...out.slice(0, 4).map(one => one.outerHTML.slice(0, 90))] : null;
}"""
_STILL = "() => document.getAnimations().every(one => one.playState !== 'running')"


@dataclass(frozen=True)
class Look:
    scheme: str
    locale: str
    width: int  # pixels

    @property
    def options(self) -> dict[str, Any]:
        """Of a browser that has it."""
        return {
            "color_scheme": self.scheme,
            "locale": self.locale,
            "viewport": {"width": self.width, "height": 800},
            "bypass_csp": True,
        }


LOOKS = (Look("light", "en-US", 1100), Look("dark", "ko-KR", 360))


def violations(page: Any, rules: dict[str, Any] = ALL, within: str = "") -> list[str]:
    """What axe says against the page, or the part of it that has this selector.

    At its top: further down a header that stays may lie over half of a link.
    """
    page.evaluate("scrollTo(0, 0)")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(_RUN, [within, rules])
    return found


def problems(page: Any, look: Look, within: str = "") -> dict[str, list[str]]:
    """What axe says in the look that the page was opened in, then in the other one."""
    other = LOOKS[1 - LOOKS.index(look)]
    said = {look.scheme: violations(page, within=within)}
    _show(page, other)
    said[other.scheme] = violations(page, LOOKS_ALONE, within)
    _show(page, look)
    return {scheme: told for scheme, told in said.items() if told}


def too_wide(page: Any, *sizes: tuple[int, int]) -> dict[str, Any]:
    """What sticks out at each of these widths and heights, the last of which is kept; without any, as it is."""
    found = {}
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        found[f"{width}"] = page.evaluate(_TOO_WIDE)
    return {width: out for width, out in found.items() if out} if sizes else page.evaluate(_TOO_WIDE)


def _show(page: Any, look: Look) -> None:
    page.set_viewport_size({"width": look.width, "height": 800})
    page.emulate_media(color_scheme=look.scheme)
    page.wait_for_function(_STILL)
