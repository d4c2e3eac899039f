from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.e2e.browsers import browser, desktop, device, friend, page, refused, site_url, visitor
from tests.e2e.clients import Stack
from tests.e2e.pages.gallery.scene import Studio
from tests.e2e.pages.world import World, world_of

__all__ = ["browser", "desktop", "device", "friend", "page", "refused", "site_url", "visitor"]


@pytest.fixture(scope="session")
def world(stack: Stack) -> Iterator[World]:
    with world_of(stack) as world:
        yield world


@pytest.fixture(scope="module")
def studio(browser: Browser, site_url: str, world: World) -> Iterator[Studio]:
    with ExitStack() as closing:
        yield Studio(browser, site_url, world, closing)
