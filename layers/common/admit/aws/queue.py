"""The mail queue."""

from collections.abc import Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from admit.errors import Unavailable
from admit.people.mails import MailRequest

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class MailQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, requests: Sequence[MailRequest]) -> None:
        """Queue mails, ten a call. Raises Unavailable when not all are taken; all may then be sent again."""
        for batch in batched(requests, 10, strict=False):
            entries: Any = [
                {"Id": str(at), "MessageBody": request.model_dump_json()} for at, request in enumerate(batch)
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise Unavailable("The mail queue did not take every mail.")
