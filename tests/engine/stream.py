"""The stream as Lambda delivers it: records made from the images of items, in batches that come again.

`deliver` does what an event source mapping with ReportBatchItemFailures, a finite number of tries, bisecting
and a failure destination does (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html).
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from admit.store import Item
from tests.builders import NOW

type Handler = Callable[[dict[str, Any], object], dict[str, Any]]

_sequence = count(1)
_encode = TypeSerializer().serialize


def a_record(before: Item | None, after: Item | None, *, record_id: str | None = None) -> dict[str, Any]:
    """Return a stream record of one change of one item."""
    number = next(_sequence)
    kind = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": NOW.timestamp(),
        "SequenceNumber": f"{number:021d}",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    if before is not None:
        change["OldImage"] = encoded(before)
    if after is not None:
        change["NewImage"] = encoded(after)
    return {"eventID": record_id or f"{number:032x}", "eventName": kind, "dynamodb": change}


def deliver(handler: Handler, records: Sequence[dict[str, Any]], *, tries: int = 3) -> list[dict[str, Any]]:
    """Deliver a batch until it is through; return the records that went to the failure destination.

    A batch that fails as a whole is halved before it is tried again; one that fails in part starts again at
    the lowest failed record; what has used up its tries is given up as it then is.
    """
    for _ in range(tries):
        if not records:
            return []
        try:
            failed = handler({"Records": list(records)}, None)["batchItemFailures"]
        except Exception:  # to Lambda every error is a failed batch
            if len(records) > 1:
                middle = len(records) // 2
                halves = records[:middle], records[middle:]
                return [lost for half in halves for lost in deliver(handler, half, tries=tries)]
            continue
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        lowest = min((numbers.index(one["itemIdentifier"]) for one in failed), default=len(records))
        records = records[lowest:]
    return list(records)


def encoded(item: Item) -> dict[str, Any]:
    return {name: _encode(value) for name, value in item.items()}
