"""The queues that functions write to."""

from collections.abc import Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from admit.errors import Unavailable
from admit.model import Shape

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Queue[M: Shape]:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, messages: Sequence[M], *, delay_seconds: int = 0) -> None:
        """Queue messages, ten a call, to be read after at most 900 seconds.

        Raises Unavailable when not all are taken: send all again.
        """
        for batch in batched(messages, 10, strict=False):
            entries: Any = [
                {"Id": str(at), "MessageBody": message.model_dump_json(), "DelaySeconds": delay_seconds}
                for at, message in enumerate(batch)
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise Unavailable("The queue did not take every message.")
