"""The queues that functions write to: mails to send, and jobs to go on with."""

from collections.abc import Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from admit.errors import Unavailable
from admit.job import AuditMessage, JobMessage
from admit.model import Shape
from admit.people.mails import MailRequest

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class _Queue[M: Shape]:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, messages: Sequence[M]) -> None:
        """Queue messages, ten a call. Raises Unavailable when not all are taken: send all again."""
        for batch in batched(messages, 10, strict=False):
            entries: Any = [
                {"Id": str(at), "MessageBody": message.model_dump_json()} for at, message in enumerate(batch)
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise Unavailable("The queue did not take every message.")


class MailQueue(_Queue[MailRequest]):
    pass


class JobQueue(_Queue[JobMessage | AuditMessage]):
    pass
