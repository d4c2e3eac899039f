"""Pictures of every page in every state: `make screenshots`, or with words that the names of the states hold.

python -m tests.e2e.pages.screenshots order ticket
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from html import escape
from pathlib import Path

from playwright.sync_api import Error, Page

from local.cloud import local_cloud
from tests.e2e.browsers import DESKTOP, PHONE, Device, chromium
from tests.e2e.clients import Stack
from tests.e2e.pages.gallery.all import GALLERY
from tests.e2e.pages.gallery.scene import SCHEMES, State, Studio, settle
from tests.e2e.pages.world import world_of

OUT = Path(".local/screenshots")
RUNNING = Path(".local/stack.json")
WAYS = ((PHONE, "en"), (DESKTOP, "en"), (PHONE, "ar"), (DESKTOP, "ar"))
SHEET = """<!doctype html>
<meta charset="utf-8"><title>All pages in all states</title>
<style>
  body { margin: 2rem; font: 1rem system-ui; background: #ddd; }
  section { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
  figure { margin: 0; } figcaption { font-size: .75rem; }
  img { display: block; height: 28rem; max-width: 40rem; object-fit: cover; object-position: top; }
</style>
"""


def main() -> None:
    wanted = [
        state
        for state in GALLERY.values()
        if not sys.argv[1:] or any(word in state.name for word in sys.argv[1:])
    ]
    OUT.mkdir(parents=True, exist_ok=True)
    with running_stack() as stack, world_of(stack) as world, chromium() as browser, ExitStack() as closing:
        site_url = os.environ.get("ADMIT_SITE", stack.site_url)
        studio = Studio(browser, site_url, world, closing)
        missed = [missed for state in wanted for missed in take_all(studio, state)]
    (OUT / "index.html").write_text(sheet_of(sorted(file.name for file in OUT.glob("*.png"))))
    print(f"{OUT / 'index.html'}: {len(wanted)} states")
    if missed:
        sys.exit("\n".join(missed))


@contextmanager
def running_stack() -> Iterator[Stack]:
    """Give the stack that `make run` has started, or one for this once."""
    if RUNNING.exists():
        yield Stack.model_validate_json(RUNNING.read_text())
        return
    with local_cloud(home=Path(".local/e2e")) as cloud:
        yield Stack.model_validate(cloud.facts)


def take_all(studio: Studio, state: State) -> Iterator[str]:
    """Take all pictures of a state, and tell of those that failed or that the browser complains of."""
    print(state.name, flush=True)
    for device, language in WAYS:
        try:
            with studio.shown(state, device, language) as page:
                for scheme in SCHEMES:
                    page.emulate_media(color_scheme=scheme)
                    take(page, name_of(state, device, scheme, language))
        except (AssertionError, Error) as error:
            yield f"{name_of(state, device, 'light', language)}: {str(error).splitlines()[:3]}"


def take(page: Page, name: str) -> None:
    settle(page)
    # What lies above the page, and what sticks to the edges of the screen, is where it is on the screen only.
    whole = page.locator("dialog[open]").count() == 0
    if whole:
        page.evaluate("() => scrollTo({ top: 0, behavior: 'instant' })")
    page.screenshot(path=OUT / name, full_page=whole, animations="disabled")


def name_of(state: State, device: Device, scheme: str, language: str) -> str:
    return f"{state.name}-{device.name}-{scheme}{'' if language == 'en' else f'-{language}'}.png"


def sheet_of(names: Sequence[str]) -> str:
    """Return a page with all pictures, a section a state."""
    sections = []
    for state in GALLERY.values():
        own = [name for name in names if name.startswith((f"{state.name}-phone-", f"{state.name}-desktop-"))]
        figures = "".join(
            f'<a href="{escape(name)}"><figure><img src="{escape(name)}" loading="lazy" alt="">'
            f"<figcaption>{escape(name)}</figcaption></figure></a>"
            for name in own
        )
        if own:
            sections.append(f"<h2>{escape(state.name)}</h2><section>{figures}</section>")
    return SHEET + "\n".join(sections)


if __name__ == "__main__":
    main()
