"""Jobs from the queue: a part of one a call, and a message for the rest."""

from random import SystemRandom
from typing import Any

from admit import clock
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.job import JobMessage
from admit.orders.imports import work_on

_SECONDS = 40  # of the function's 60
random = SystemRandom()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_messages(event, _work)


def _work(body: str) -> None:
    shop = workshop()
    message = JobMessage.model_validate_json(body)
    if work_on(shop.table, message.job_id, clock=clock.now, random=random, seconds=_SECONDS):
        shop.job_queue.send([message])
