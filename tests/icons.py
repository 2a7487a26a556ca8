"""The site's icons as pixels, drawn from static/favicon.svg by Chromium: ``python -m tests.icons``, after a change."""

import re
from io import BytesIO
from pathlib import Path

from django.conf import settings
from PIL import Image

from tests.chromium import chromium

ICONS = {"192.png": 192, "512.png": 512, "maskable-192.png": 192, "maskable-512.png": 512}  # file → pixels
SAFE = 0.72  # of a maskable icon's width, in which the drawing has to lie: systems cut circles and squares out of it


def drawn(source: str, size: int, *, maskable: bool) -> str:
    """A page with nothing but the icon. A maskable one fills its square, and what is drawn on it is smaller."""
    if maskable:
        source = re.sub(r' rx="\d+"', "", source)
        moved = 16 * (1 - SAFE)
        source = source.replace("<path ", f'<path transform="translate({moved:g} {moved:g}) scale({SAFE})" ')
    return f"<style>body{{margin:0}}svg{{display:block;width:{size}px}}</style>{source}"


def main() -> None:
    """Write all of them into static/icons."""
    static = Path(settings.BASE_DIR) / "static"
    source = (static / "favicon.svg").read_text("utf-8")
    with chromium() as browser:
        for name, size in ICONS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(drawn(source, size, maskable=name.startswith("maskable")))
            picture = Image.open(BytesIO(page.screenshot(omit_background=True)))
            picture.quantize(256, Image.Quantize.FASTOCTREE).save(static / "icons" / name, optimize=True)
            page.close()


if __name__ == "__main__":
    main()
