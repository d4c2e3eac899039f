"""What SES tells of mails that were sent: those that came back, were called unwanted, or were refused."""

from typing import Any

from admit import clock
from admit.aws.log import logger
from admit.aws.mail_news import read_news
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.mail.delivery import hear


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_messages(event, _hear)


def _hear(body: str) -> None:
    if news := read_news(body):
        logger.warning("mail undelivered", extra={"reason": news.reason, "order_id": news.order_id})
        hear(workshop().table, news, clock.now())
