"""Mails from the queue to their readers, each fact once."""

from typing import Any

from admit import clock
from admit.aws.log import logger
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.mail.delivery import Delivery, deliver
from admit.mail.mails import read_request
from admit.mail.write import write

_LATER = 900  # seconds, the longest that a queue keeps a message back


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_messages(event, _notify)


def _notify(body: str) -> None:
    """Write and send a mail. The alarm listens to the message "mail quota is used up"."""
    shop, request, now = workshop(), read_request(body), clock.now()
    mail = write(shop.table, shop.catalogs.by_id, shop.links(), request, now)
    if mail is not None and deliver(shop.table, shop.postman, request, mail, now) is Delivery.LATER:
        logger.error("mail quota is used up")
        shop.mail_queue.send([request], delay_seconds=_LATER)
