"""How fast the event page of the built site is on a slow phone, against budgets.

Sizes, requests and shifts are absolute. Times are held against what the same browser, slowed down alike,
takes for a reference: a page of one sentence, and a fixed amount of JavaScript. Work is counted as time of
the processor, which does not pass while the machine does something else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from statistics import median

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.e2e.browsers import PHONE, in_context
from tests.e2e.clients import Shop, Stack
from tests.e2e.pages.gallery.scene import picture
from tests.e2e.pages.lab import Lab, lab

SLOWDOWN = 4
# A slow 4G connection.
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 204_800, "uploadThroughput": 96_000}
RUNS = 3
# How many times the reference a page may take.
PAINT_BUDGET, WORK_BUDGET = 5, 6
OBSERVE = """
window.seen = { largest: 0, shift: 0 }
const watch = (type, take) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true })
watch('largest-contentful-paint', (one) => { seen.largest = one.startTime })
watch('layout-shift', (one) => { if (!one.hadRecentInput) seen.shift += one.value })
"""
TELL = """async () => {
  await new Promise((go) => setTimeout(go, 300)) // what has just ended is told of a little later
  return {
    largest: seen.largest,
    shift: seen.shift,
    urls: performance.getEntriesByType('resource').map((one) => one.name),
  }
}"""
WORK = """() => {
  let sum = 0
  for (let at = 0; at < 2e7; at++) sum = (sum * 31 + at) % 1000003
  return sum
}"""
REFERENCE = "<!doctype html><title>Reference</title><p>One sentence is all that this page says."


@dataclass(frozen=True)
class Measured:
    """A visit of the event page that touches nothing, until nothing happens any more.

    Times are in milliseconds, the work is that of the page's main thread, and bytes are compressed.
    """

    largest_paint: float
    shift: float
    work: float
    requests: int
    script_bytes: int

    def over(self, reference: "Reference") -> set[str]:
        """Return the budgets that this is over."""
        held = {
            "largest paint": self.largest_paint <= PAINT_BUDGET * reference.to_paint,
            "shift": self.shift <= 0.05,
            "work": self.work <= WORK_BUDGET * reference.work,
            "requests": self.requests <= 30,
            "JavaScript": self.script_bytes <= 60 * 1024,
        }
        return {name for name, good in held.items() if not good}


@dataclass(frozen=True)
class Reference:
    """What the browser takes for the page of one sentence and for the work, in milliseconds."""

    paint: float
    work: float

    @property
    def to_paint(self) -> float:
        """What a page that does some work before it is painted is held against."""
        return self.paint + self.work


@pytest.fixture(scope="module")
def event_lab(stack: Stack, shop: Shop) -> Iterator[Lab]:
    event = shop.event(stack.event_slug)
    with lab({f"/public/events/{stack.event_slug}": event}) as own:
        event["images"] = [f"{own.site_url}/hero.jpg"]
        own.files |= {"/reference.html": REFERENCE.encode(), "/hero.jpg": picture(1200, 675)}
        yield own


@pytest.fixture(scope="module")
def reference(browser: Browser, event_lab: Lab) -> Reference:
    paints = []
    works = []
    for _ in range(RUNS):
        with in_context(browser, event_lab.site_url) as context:
            context.add_init_script(OBSERVE)
            page = context.new_page()
            devtools = slowed_down(page)
            page.goto("/reference.html", wait_until="networkidle")
            page.wait_for_timeout(500)
            paints.append(page.evaluate("seen.largest"))
            before = worked(devtools)
            page.evaluate(WORK)
            works.append(worked(devtools) - before)
    found = Reference(median(paints), median(works))
    print(f"\nreference: paint {found.paint:.0f} ms, work {found.work:.0f} ms")
    return found


def slowed_down(page: Page) -> CDPSession:
    """Make a page slow, and return what tells of it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", NETWORK)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    return devtools


def worked(devtools: CDPSession) -> float:
    """Return how long the main thread of a page has had the processor until now, in milliseconds."""
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"] * 1000)


def visit(browser: Browser, own: Lab, slug: str) -> Measured:
    with in_context(browser, own.site_url, PHONE) as context:
        context.add_init_script(OBSERVE)
        page = context.new_page()
        devtools = slowed_down(page)
        before = worked(devtools)
        page.goto(f"/e/{slug}")
        page.get_by_test_id("more").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1000)
        told = page.evaluate(TELL)
        work = worked(devtools) - before
    own_urls = [url for url in told["urls"] if url.startswith(own.site_url)]
    scripts = [url for url in own_urls if url.endswith(".js")]
    return Measured(
        largest_paint=told["largest"],
        shift=told["shift"],
        work=work,
        requests=1 + len(told["urls"]),
        script_bytes=sum(own.bytes_of(url) for url in scripts),
    )


def test_the_event_page_is_within_its_budgets(
    browser: Browser, event_lab: Lab, reference: Reference, stack: Stack
) -> None:
    visits = [visit(browser, event_lab, stack.event_slug) for _ in range(RUNS)]
    found = Measured(
        largest_paint=median(one.largest_paint for one in visits),
        shift=max(one.shift for one in visits),
        work=median(one.work for one in visits),
        requests=max(one.requests for one in visits),
        script_bytes=max(one.script_bytes for one in visits),
    )
    paint_ratio = found.largest_paint / reference.to_paint
    print(
        f"\nevent page: largest paint {found.largest_paint:.0f} ms ({paint_ratio:.1f} x), "
        f"shift {found.shift:.3f}, work {found.work:.0f} ms ({found.work / reference.work:.1f} x), "
        f"{found.requests} requests, {found.script_bytes / 1024:.1f} KB of JavaScript"
    )
    assert found.over(reference) == set()


WORSE = {
    "largest paint": '<link rel="stylesheet" href="/late.css">',
    "shift": '<script src="/banner.js"></script>',
    "work": '<script src="/busy.js"></script>',
    "requests": "".join(
        f'<link rel="preload" as="fetch" crossorigin href="/{number}.json">' for number in range(30)
    ),
    "JavaScript": '<script src="/fat.js"></script>',
}
# Half a second after tickets can be chosen.
LATER = """const later = (act) => {
  if (document.querySelector('[data-testid="more"]')) setTimeout(act, 500)
  else requestAnimationFrame(() => later(act))
}
later"""


def filler(size: int) -> bytes:
    """Return a comment that has at least `size` bytes when it is compressed."""
    return f"/* {Random(1).randbytes(size).hex()} */".encode()


def worse_files(reference: Reference) -> dict[str, bytes]:
    """Return what makes a page worse than its budgets, however fast the machine is."""
    late = round(PAINT_BUDGET * reference.to_paint / 1000 * NETWORK["downloadThroughput"])
    return {
        "/late.css": filler(late),
        "/banner.js": f"""{LATER}(() => {{
          const banner = document.createElement('p')
          banner.style.height = '20rem'
          document.body.prepend(banner)
        }})""".encode(),
        "/busy.js": f"""{LATER}(() => {{
          for (let time = 0; time < {WORK_BUDGET}; time++) ({WORK})()
        }})""".encode(),
        "/fat.js": filler(40_000),
    }


@pytest.mark.parametrize("budget", WORSE)
def test_a_page_that_is_worse_is_over_its_budget(
    browser: Browser, event_lab: Lab, reference: Reference, stack: Stack, budget: str
) -> None:
    event_lab.files |= worse_files(reference)
    event_lab.head = WORSE[budget]
    try:
        assert budget in visit(browser, event_lab, stack.event_slug).over(reference)
    finally:
        event_lab.head = ""
