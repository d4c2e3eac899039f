"""Identifiers: a retry finds its own, and nobody finds another's."""

import pytest

from admit import ids


def test_an_order_id_comes_from_its_event_and_key_and_from_nothing_else() -> None:
    first = ids.order_id("event-1", "key-1")

    assert ids.order_id("event-1", "key-1") == first
    assert len({first, ids.order_id("event-1", "key-2"), ids.order_id("event-2", "key-1")}) == 3


def test_an_order_id_is_eight_bytes_that_begin_with_its_event() -> None:
    raw = ids.order_id_bytes(ids.order_id("event-1", "key-1"))

    assert len(raw) == 8
    assert raw[:2] == ids.event_tag("event-1")
    assert ids.order_id_text(raw) == ids.order_id("event-1", "key-1")


def test_parts_do_not_run_into_each_other() -> None:
    assert ids.derived_id("ab", "c") != ids.derived_id("a", "bc")


def test_order_ids_of_one_event_do_not_meet() -> None:
    assert len({ids.order_id("event-1", str(n)) for n in range(20_000)}) == 20_000


@pytest.mark.parametrize(
    "text", ["", "x", "0123456789abc", "0123456789abc-0", "0123456789abc-x", "u" * 13 + "-1"]
)
def test_what_is_no_ticket_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ticket id|order id|substring"):
        ids.split_ticket_id(text)


def test_a_ticket_id_names_its_order_and_number() -> None:
    order = ids.order_id("event-1", "key-1")
    assert ids.split_ticket_id(ids.ticket_id(order, 12)) == (order, 12)


def test_addresses_are_compared_without_case_and_blanks_but_with_dots_and_tags() -> None:
    assert ids.email_hash(" Kari@Polar.Example ") == ids.email_hash("kari@polar.example")
    assert ids.email_hash("k.ari@polar.example") != ids.email_hash("kari@polar.example")
    assert ids.email_hash("kari+x@polar.example") != ids.email_hash("kari@polar.example")


def test_shards_are_used_evenly() -> None:
    used = [0] * 8
    for n in range(8_000):
        used[ids.shard_of(str(n), 8)] += 1
    assert min(used) > 850
