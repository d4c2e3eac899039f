"""Webhooks on their way: what waits in a lane is sent; each minute lanes that are due are asked for."""

from math import ceil
from random import SystemRandom
from typing import Any

from admit import clock
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.hooks.delivery import LaneMessage
from admit.hooks.lane import due_lanes, work

_SECONDS = 8  # for a lane, and the try that is under way then
_LONGEST = 900  # the longest that a queue keeps a message back
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Work off messages, or ask for what is due when the schedule says so."""
    if event.get("task") == "sweep":
        return _ask_for_due()
    return handle_messages(event, _deliver)


def _ask_for_due() -> dict[str, Any]:
    lanes = list(due_lanes(workshop().table, clock.now()))
    workshop().hook_queue.send(lanes)
    return {"asked": len(lanes)}


def _deliver(body: str) -> None:
    """Work at a lane. What waits for longer than a queue keeps a message is left to the sweep."""
    shop, lane = workshop(), LaneMessage.model_validate_json(body)
    wait = work(shop.table, shop.hook_sender, lane, clock=clock.now, random=random, seconds=_SECONDS)
    if wait is not None and (delay := ceil(wait.total_seconds())) <= _LONGEST:
        shop.hook_queue.send([lane], delay_seconds=delay)
