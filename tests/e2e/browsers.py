"""Browsers as people have them: a phone and a desktop, in which every complaint of a page fails its test."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Page,
    Response,
    expect,
    sync_playwright,
)

from tests.e2e.clients import Stack

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


class Device(NamedTuple):
    """A screen in CSS pixels, and how many dots each of these has."""

    name: str
    width: int
    height: int
    dots: int
    touch: bool


PHONE = Device("phone", 390, 844, 2, True)
DESKTOP = Device("desktop", 1280, 900, 1, False)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright.chromium) as browser:
        yield browser


@contextmanager
def launched(kind: BrowserType, *flags: str) -> Iterator[Browser]:
    browser = kind.launch(executable_path=shutil.which("chromium"), args=[*FLAGS, *flags])
    yield browser
    browser.close()


@contextmanager
def in_context(
    browser: Browser,
    site_url: str,
    device: Device = PHONE,
    *,
    language: str = "en",
    workers: bool = True,
) -> Iterator[BrowserContext]:
    """Give a browser without a past, whose user reads a language of the pages.

    Without `workers` no service worker stands between the pages and the answers that a test changes.
    """
    context = browser.new_context(
        base_url=site_url,
        viewport={"width": device.width, "height": device.height},
        device_scale_factor=device.dots,
        has_touch=device.touch,
        is_mobile=device.touch,
        locale="en-GB",
        timezone_id="Europe/Oslo",
        service_workers="allow" if workers else "block",
    )
    context.set_default_timeout(PATIENCE_MS)
    if language != "en":
        chosen = json.dumps(json.dumps(language))
        context.add_init_script(f"localStorage.setItem('admit.language', {chosen})")
    yield context
    context.close()


def complaints_of(page: Page, but: Sequence[str] = ()) -> list[str]:
    """Return a list that fills with what the browser complains about.

    A plain 404 and what is meant to go wrong are left out. What the Content-Security-Policy refuses is in it,
    and so is a page that asks what nobody can answer.
    """
    complaints: list[str] = []
    meant = ("status of 404", *but)

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error" and not any(words in said.text for words in meant):
            complaints.append(f"{said.text} {said.location['url']}")

    def see(answer: Response) -> None:
        said = f"{answer.request.method} answered {answer.status}"
        if said == "GET answered 422" and said not in meant:
            complaints.append(f"{said}: {answer.url}")

    page.on("console", hear)
    page.on("response", see)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


@contextmanager
def opened(
    browser: Browser, site_url: str, device: Device = PHONE, *, but: Sequence[str] = ()
) -> Iterator[Page]:
    """Give a page of a browser of its own.

    Raises AssertionError at the end for whatever the browser complained about.
    """
    with in_context(browser, site_url, device) as context:
        page = context.new_page()
        complaints = complaints_of(page, but)
        yield page
    assert complaints == [], complaints


# --- fixtures --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def site_url(stack: Stack) -> str:
    """Where the pages are: ADMIT_SITE names others than the stack's, such as those with live reload."""
    return os.environ.get("ADMIT_SITE", stack.site_url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, site_url: str) -> Iterator[Page]:
    """A phone."""
    with opened(browser, site_url, PHONE) as page:
        yield page


@pytest.fixture
def desktop(browser: Browser, site_url: str) -> Iterator[Page]:
    with opened(browser, site_url, DESKTOP) as page:
        yield page


@pytest.fixture(params=[PHONE, DESKTOP], ids=lambda device: device.name)
def device(request: pytest.FixtureRequest) -> Device:
    chosen: Device = request.param
    return chosen


@pytest.fixture
def visitor(browser: Browser, site_url: str, device: Device) -> Iterator[Page]:
    """A visitor of the pages, once with a phone and once with a desktop."""
    with opened(browser, site_url, device) as page:
        yield page


@pytest.fixture
def refused(browser: Browser, site_url: str, device: Device) -> Iterator[Page]:
    """A visitor who is refused on his way: the browser says of each refusal that it is one."""
    # 400 is what the local cloud says to whoever takes a token back.
    refusals = [f"status of {status}" for status in (400, 409, 410, 422)]
    with opened(browser, site_url, device, but=refusals) as page:
        yield page


@pytest.fixture
def friend(browser: Browser, site_url: str, device: Device) -> Iterator[Page]:
    """Somebody else, with a browser of his own."""
    with opened(browser, site_url, device) as page:
        yield page
