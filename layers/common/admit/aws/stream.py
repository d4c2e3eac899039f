"""Batches from the stream and the queue: what fails is told to Lambda, and only that comes again.

A stream starts again at the lowest failed record, so what is behind a failure is not tried: it would be done
twice. When the first record of a batch fails, the whole batch does: Lambda then halves it until that record
stands alone, and gives up on it without those behind it. A queue gives back each failed message by itself.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from admit.aws.log import failure, logger
from admit.aws.table import read_image
from admit.store import Item

type Failures = dict[str, list[dict[str, str]]]


class Record(NamedTuple):
    """One change of one item; `after` is empty when the item was removed."""

    id: str
    kind: str
    before: Item
    after: Item
    at: datetime
    """To the second."""


def handle_each(event: dict[str, Any], handle: Callable[[Record], None]) -> Failures:
    """Handle a stream's records one after the other, up to the first that fails."""
    for at, raw in enumerate(event["Records"]):
        try:
            handle(_read(raw))
        except Exception as error:
            return _failed(at, raw, error)
    return {"batchItemFailures": []}


def handle_together(event: dict[str, Any], handle: Callable[[Sequence[Record]], None]) -> Failures:
    """Handle a stream's records in one go, up to the first that can't be read."""
    readable: list[Record] = []
    failures: Failures = {"batchItemFailures": []}
    for at, raw in enumerate(event["Records"]):
        try:
            readable.append(_read(raw))
        except Exception as error:
            failures = _failed(at, raw, error)
            break
    handle(readable)
    return failures


def handle_messages(event: dict[str, Any], handle: Callable[[str], None]) -> Failures:
    """Handle a queue's messages; each that fails comes again by itself."""
    failed = []
    for message in event["Records"]:
        try:
            handle(message["body"])
        except Exception as error:  # the queue has to hear which message it was
            logger.error("message failed", extra={"message_id": message["messageId"], **failure(error)})
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def _read(raw: dict[str, Any]) -> Record:
    change = raw["dynamodb"]
    before, after = read_image(change.get("OldImage", {})), read_image(change.get("NewImage", {}))
    at = datetime.fromtimestamp(int(change.get("ApproximateCreationDateTime", 0)), UTC)
    return Record(raw["eventID"], (after or before)["kind"], before, after, at)


def _failed(at: int, raw: dict[str, Any], error: Exception) -> Failures:
    sequence_number = raw["dynamodb"]["SequenceNumber"]
    logger.error("record failed", extra={"sequence_number": sequence_number, **failure(error)})
    if at == 0:
        raise error
    return {"batchItemFailures": [{"itemIdentifier": sequence_number}]}
