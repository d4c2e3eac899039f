"""What a state is, and how a page gets into it and is looked at."""

import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.e2e.browsers import Device, complaints_of, in_context
from tests.e2e.clients import Json
from tests.e2e.pages.world import World

QUOTE = r"/public/events/[^/]+/quote$"


ORDERS = r"/public/events/[^/]+/orders$"


# Its fonts and images are there, and nothing moves any more.
QUIET = """async () => {
  await document.fonts.ready
  const coming = [...document.images].filter((one) => !one.complete && one.loading !== 'lazy')
  await Promise.race([
    Promise.allSettled(coming.map((one) => one.decode())),
    new Promise((go) => setTimeout(go, 10_000)),
  ])
  const running = () => document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().iterations !== Infinity && one.playState === 'running')
  await Promise.race([
    Promise.allSettled(running().map((one) => one.finished)),
    new Promise((go) => setTimeout(go, 1500)),
  ])
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))
}"""


type Scheme = Literal["light", "dark"]


type Change = Callable[[Json], None]


SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Scene:
    """A page about to be shown in a state, and what there is to show."""

    page: Page
    world: World
    language: str
    unanswered: list[Route] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(path)

    def see(self, *test_ids: str) -> None:
        for test_id in test_ids:
            expect(self.page.get_by_test_id(test_id).first).to_be_visible()

    def at(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id).first

    # --- answers of the API, changed on their way ---------------------------------------------------------

    def change(self, address: str, change: Change) -> None:
        """Let the page see real answers with a change."""

        def answer(route: Route) -> None:
            real = route.fetch()
            body = real.json()
            change(body)
            route.fulfill(response=real, json=body)

        self._on(address, answer)

    def refuse(self, address: str, status: int, code: str, *fields: str) -> None:
        errors = [{"field": field, "message": "This does not fit any more."} for field in fields]
        problem: Json = {
            "type": "about:blank",
            "title": code,
            "status": status,
            "detail": "Something went wrong on our side.",
            "code": code,
            "request_id": None,
            "errors": errors,
        }
        headers = {"Access-Control-Allow-Origin": "*"}
        self._on(address, lambda route: route.fulfill(status=status, json=problem, headers=headers))

    def answer(self, address: str, said: Callable[[Json], Json]) -> None:
        """Answer requests by what is in their bodies, so that nothing is done."""
        headers = {"Access-Control-Allow-Origin": "*"}
        self._on(
            address,
            lambda route: route.fulfill(json=said(route.request.post_data_json or {}), headers=headers),
        )

    def hang(self, address: str) -> None:
        """Answer nothing as long as the scene lasts."""
        self._on(address, self.unanswered.append)

    def _on(self, address: str, answer: Callable[[Route], None]) -> None:
        def unless_asked_before(route: Route) -> None:
            if route.request.method == "OPTIONS":
                route.continue_()
            else:
                answer(route)

        self.page.route(re.compile(address), unless_asked_before)

    def words(self, name: str) -> Json:
        """Return what the API says of orders in the reader's language."""
        catalog = Path("layers/common/admit/orders/messages", f"{self.language}.toml")
        said = tomllib.loads(catalog.read_text())
        return {"why": said[f"{name}_why"], "next": said.get(f"{name}_next", said["ended_next"])}


class State(NamedTuple):
    """A page and what it shows.

    `complaints` are those that the browser has of what is meant to go wrong. Answers can be changed only
    where no service worker stands between.
    """

    name: str
    show: Callable[[Scene], None]
    complaints: tuple[str, ...]
    workers: bool


STATES: list[State] = []


def state(
    *complaints: str, workers: bool = False
) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """Hang a state into the gallery, under the name of the function that shows it."""

    def hang(show: Callable[[Scene], None]) -> Callable[[Scene], None]:
        name = show.__name__.replace("_", "-")
        STATES.append(State(name, show, complaints, workers))
        return show

    return hang


@dataclass(frozen=True)
class Studio:
    """Where pages are looked at."""

    browser: Browser
    site_url: str
    world: World
    closing: ExitStack
    rooms: dict[tuple[Device, str], BrowserContext] = field(default_factory=dict)

    @contextmanager
    def shown(self, state: State, device: Device, language: str = "en") -> Iterator[Page]:
        """Give a page in a state, at rest.

        Raises AssertionError at the end for whatever the browser complained about.
        """
        with self._page(device, language, workers=state.workers) as page:
            complaints = complaints_of(page, state.complaints)
            scene = Scene(page, self.world, language)
            state.show(scene)
            settle(page)
            yield page
            heard = list(complaints)
            for route in scene.unanswered:
                route.abort()
            page.unroute_all(behavior="ignoreErrors")
        assert heard == [], heard

    @contextmanager
    def _page(self, device: Device, language: str, *, workers: bool) -> Iterator[Page]:
        """Give a page of a browser that knows nothing of earlier states.

        Without workers it has kept the files of the site: to load them again takes longer than to look.
        """
        if workers:
            with in_context(self.browser, self.site_url, device, language=language) as context:
                yield context.new_page()
            return
        room = (device, language)
        if room not in self.rooms:
            made = in_context(self.browser, self.site_url, device, language=language, workers=False)
            self.rooms[room] = self.closing.enter_context(made)
        with self.rooms[room].new_page() as page:
            forget(page, self.site_url)
            yield page


def forget(page: Page, site_url: str) -> None:
    """Make a browser one without a past, but for the files of a site that it has kept."""
    page.context.set_offline(False)
    page.context.clear_cookies()
    debugger = page.context.new_cdp_session(page)
    left = {"origin": site_url, "storageTypes": "local_storage,indexeddb,cache_storage"}
    debugger.send("Storage.clearDataForOrigin", left)
    debugger.detach()


def settle(page: Page) -> None:
    """Wait until nothing moves on a page any more."""
    page.evaluate(QUIET)


def picture(width: int = 1600, height: int = 900) -> bytes:
    """Draw a hall before a stage in the evening, as a JPEG."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for y in range(height):
        share = y / height
        draw.line((0, y, width, y), fill=(int(16 + 60 * share), int(42 + 70 * share), int(64 + 40 * share)))
    for at in range(7):
        x = width * (at + 0.5) / 7
        draw.polygon(
            [(x, 0), (x - width / 16, height * 0.7), (x + width / 16, height * 0.7)],
            fill=(70 + 8 * at, 130, 140),
        )
    for at in range(28):
        x, r = width * at / 27, width / 50
        draw.ellipse((x - r, height * 0.86 - r, x + r, height * 0.86 + r), fill=(8, 16, 22))
        draw.rectangle((x - r, height * 0.88, x + r, height), fill=(8, 16, 22))
    file = BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


def moment(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()
