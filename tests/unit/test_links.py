"""Keys in links: each opens one thing, and a proof of an address holds for one event and for a while."""

import pytest

from admit.errors import Unauthenticated
from admit.tickets.links import Links
from tests.builders import NOW, later

LINKS = Links("a secret", "https://api.example", "https://site.example")
KARI = "kari@polar.example"


def proof(event_id: str = "event-1", email: str = KARI) -> str:
    return LINKS.email_proof(event_id, email, later(60))


def test_a_proof_holds_until_its_time() -> None:
    assert LINKS.proven("event-1", KARI, proof(), NOW)
    assert LINKS.proven("event-1", KARI, proof(), later(59))
    assert not LINKS.proven("event-1", KARI, proof(), later(60))


def test_an_address_is_proven_however_it_is_written() -> None:
    assert LINKS.proven("event-1", " Kari@Polar.Example ", proof(), NOW)


@pytest.mark.parametrize(
    "other",
    [
        proof("event-2"),
        proof(email="ola@polar.example"),
        Links("another secret", "", "").email_proof("event-1", KARI, later(60)),
        f"{int(later(600).timestamp())}.{proof().partition('.')[2]}",
        proof()[:-1],
        proof() + "0",
        LINKS.order_key("event-1"),
        "",
        ".",
        "never.",
        f"{10**30}.{proof().partition('.')[2]}",
        "١٧٠٠٠٠٠٠٠٠.x",
    ],
)
def test_no_other_text_proves_an_address(other: str) -> None:
    assert not LINKS.proven("event-1", KARI, other, NOW)


def test_the_link_of_a_proof_carries_the_address_where_no_server_logs_it() -> None:
    link = LINKS.proven_event_page("northern-lights", "event-1", "Kari+a&b@Polar.Example", later(60))
    page, _, fragment = link.partition("#")
    assert page == "https://site.example/e/northern-lights"
    address = fragment.removeprefix("email=").partition("&proof=")
    assert address[0] == "kari%2Ba%26b%40polar.example"
    assert LINKS.proven("event-1", "kari+a&b@polar.example", address[2], NOW)


def test_the_key_of_a_waiting_entry_opens_that_entry_alone() -> None:
    LINKS.require_waiting_key("entry-1", 0, LINKS.waiting_key("entry-1", 0))
    for other in (
        LINKS.waiting_key("entry-2", 0),
        LINKS.waiting_key("entry-1", 1),
        LINKS.order_key("entry-1"),
        "",
    ):
        with pytest.raises(Unauthenticated):
            LINKS.require_waiting_key("entry-1", 0, other)


def test_an_offer_is_answered_on_a_page_of_its_event() -> None:
    page, _, fragment = LINKS.waiting_page("northern-lights", "entry-1", 2).partition("#")
    assert page == "https://site.example/e/northern-lights/waiting/entry-1"
    assert fragment == f"key={LINKS.waiting_key('entry-1', 2)}"
