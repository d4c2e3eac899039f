import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.cloud import local_cloud
from tests.e2e.clients import Door, Json, Organizer, Outbox, PayPage, Schedules, Shop, Stack, sign_in


@pytest.fixture(scope="session")
def stack(worker_id: str) -> Iterator[Stack]:
    """The running stack that ADMIT_STACK names by its stack.json, or a new one for this test process."""
    if running := os.environ.get("ADMIT_STACK"):
        yield Stack.model_validate_json(Path(running).read_text())
        return
    with local_cloud(home=Path(".local/e2e") / worker_id) as cloud:
        yield Stack.model_validate(cloud.facts)


@pytest.fixture(scope="session")
def shop(stack: Stack) -> Iterator[Shop]:
    with httpx.Client(base_url=stack.api_url, timeout=60) as http:
        yield Shop(http)


@pytest.fixture(scope="session")
def organizer(stack: Stack) -> Iterator[Organizer]:
    headers = {"Authorization": sign_in(stack, "organizer")}
    with httpx.Client(base_url=stack.api_url, headers=headers, timeout=60) as http:
        yield Organizer(http, stack.organizer_id)


@pytest.fixture(scope="session")
def stranger(stack: Stack) -> Iterator[httpx.Client]:
    """Somebody who has signed in and is nobody's member or relay."""
    headers = {"Authorization": sign_in(stack, "attendee")}
    with httpx.Client(base_url=stack.api_url, headers=headers, timeout=60) as http:
        yield http


@pytest.fixture(scope="session")
def demo_door(shop: Shop, stack: Stack) -> Door:
    return Door(shop.http, stack.device_key)


@pytest.fixture(scope="session")
def stripe(stack: Stack) -> Iterator[PayPage]:
    with httpx.Client(base_url=stack.stripe_url, timeout=60) as http:
        yield PayPage(http)


@pytest.fixture
def pay_page(stripe: PayPage) -> Iterator[PayPage]:
    yield stripe
    stripe.reset()


@pytest.fixture(scope="session")
def outbox(stack: Stack) -> Iterator[Outbox]:
    with httpx.Client() as http:
        yield Outbox(http, stack.outbox_url)


@pytest.fixture(scope="session")
def schedules(stack: Stack) -> Schedules:
    return Schedules(stack.cognito_url)


@pytest.fixture
def event(organizer: Organizer) -> Json:
    """A published event of its own for each test."""
    return organizer.publish_event()
