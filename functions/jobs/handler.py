"""Long work: imports from the queue, a part of one a call, and the audit of every event on its schedule."""

import time
from datetime import timedelta
from random import SystemRandom
from typing import Any

from admit import clock
from admit.aws.log import logger
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.insight.audit import audit, audited_events
from admit.job import AuditMessage, JobMessage, queued_work
from admit.orders.imports import work_on

_SECONDS = 40  # a part; the rest is queued again
_AUDITED_FOR = timedelta(days=30)
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Work off messages, or ask for the audits when the schedule says so."""
    if event.get("task") != "audit":
        return handle_messages(event, _work)
    shop = workshop()
    messages = [
        AuditMessage(event_id=event_id) for event_id in audited_events(shop.table, clock.now() - _AUDITED_FOR)
    ]
    shop.job_queue.send(messages)
    return {"asked": len(messages)}


def _work(body: str) -> None:
    shop = workshop()
    match queued_work(body):
        case JobMessage() as message:
            more = work_on(shop.table, message.job_id, clock=clock.now, random=random, seconds=_SECONDS)
            if more:
                shop.job_queue.send([message])
        case AuditMessage() as message:
            _audit(message.event_id)


def _audit(event_id: str) -> None:
    """Count an event again. The alarm listens to the message "stock drift"."""
    result = audit(workshop().table, event_id, time.sleep)
    if result.drifts:
        drifts = [drift.model_dump() for drift in result.drifts]
        logger.error("stock drift", extra={"event_id": event_id, "drifts": drifts})
    else:
        logger.info("no stock drift", extra={"event_id": event_id, "counters": result.counters})
