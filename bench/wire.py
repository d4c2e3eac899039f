"""The wire to AWS, heard and played back through botocore's own event hooks; no code of ours is patched.

DynamoDB answers for itself. Every other service is answered here: secrets are read, pictures are stored and
mails are queued in no time.
"""

import contextlib
import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from bench.charges import Image, transacted, write_units

_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})


class Call(NamedTuple):
    """One call that our code made: what boto3 was asked, and the answer as it came over the wire."""

    service: str
    operation: str
    asked: Mapping[str, Any]
    answer: AWSResponse


@dataclass
class Tape:
    calls: list[Call] = field(default_factory=list)
    read_units: float = 0
    write_units: Counter[str] = field(default_factory=Counter)
    """By index; the table itself is `table`."""

    def count(self, service: str, operations: frozenset[str] | None = None) -> int:
        return sum(
            call.service == service and (operations is None or call.operation in operations)
            for call in self.calls
        )

    @property
    def requests(self) -> int:
        return self.count("dynamodb")

    @property
    def writes(self) -> int:
        return self.count("dynamodb", _WRITES)


class Wire:
    """Hears what every client of a session says that is made after it."""

    def __init__(self, session: boto3.Session, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets
        self._reader: Any = boto3.Session().client("dynamodb")
        self._lock = Lock()
        self._tape: Tape | None = None
        self._played: defaultdict[tuple[str, str, str], deque[AWSResponse]] = defaultdict(deque)
        """By service, operation and what was read: reads that threads make side by side do not mix."""
        events: Any = session.events
        events.register("before-parameter-build", self._before_parameters)
        events.register("before-send", self._before_send)
        events.register("after-call", self._after_call)

    @contextlib.contextmanager
    def recording(self) -> Iterator[Tape]:
        tape = self._tape = Tape()
        try:
            yield tape
        finally:
            self._tape = None

    @contextlib.contextmanager
    def playing(self, tape: Tape) -> Iterator[None]:
        """Answer each call by the next answer that the tape has for its kind.

        A call that the tape does not have, of a cache that has just run out, goes to DynamoDB.
        """
        for call in tape.calls:
            self._played[call.service, call.operation, _read(call.operation, call.asked)].append(call.answer)
        try:
            yield
        finally:
            self._played.clear()

    def _before_parameters(
        self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any
    ) -> None:
        if self._tape is not None:
            context["asked"] = asked = dict(params)
            if model.name == "TransactWriteItems":
                context["before"] = self._images(asked)
            if model.service_model.service_name == "dynamodb":
                params["ReturnConsumedCapacity"] = "INDEXES"

    def _before_send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        service_id, operation = event_name.split(".")[1:]
        service = service_id.replace("-", "")
        read = _read(operation, json.loads(request.body)) if service == "dynamodb" else ""
        with self._lock:
            if played := self._played[service, operation, read]:
                return played.popleft()
        match service:
            case "dynamodb":
                return None
            case "secretsmanager":
                secret = self._secrets[json.loads(request.body)["SecretId"]]
                return _answer(request.url, json.dumps({"SecretString": secret}).encode())
            case "sqs":
                return _answer(request.url, b'{"Successful": []}')
            case "s3":
                return _answer(request.url, b"")
        raise LookupError(f"nobody answers for {service}")

    def _after_call(
        self,
        http_response: AWSResponse,
        parsed: dict[str, Any],
        model: Any,
        context: dict[str, Any],
        **_: Any,
    ) -> None:
        if self._tape is None:
            return
        service = model.service_model.service_name
        self._tape.calls.append(Call(service, model.name, context["asked"], http_response))
        if service != "dynamodb":
            return
        read_units, written = self._charged(model.name, parsed, context)
        with self._lock:
            self._tape.read_units += read_units
            self._tape.write_units.update(written)

    def _charged(
        self, operation: str, parsed: dict[str, Any], context: dict[str, Any]
    ) -> tuple[float, Mapping[str, float]]:
        """Return the read units of a call, and its write units by index."""
        if "Error" in parsed:
            # A false condition is charged by the item it met.
            refused = parsed["Error"]["Code"] == "ConditionalCheckFailedException"
            return 0, {"table": write_units(parsed.get("Item"))} if refused else {}
        if operation == "TransactWriteItems":
            after = self._images(context["asked"])
            written: Counter[str] = Counter()
            for key, before in context["before"].items():
                written.update(transacted(before, after[key]))
            return 0, written
        consumed = parsed["ConsumedCapacity"]
        if operation in _WRITES:
            indexes = consumed.get("GlobalSecondaryIndexes", {})
            charged = {"table": consumed["Table"], **indexes}
            return 0, {name: part["CapacityUnits"] for name, part in charged.items()}
        # DynamoDB Local charges nothing for finding nothing; AWS does.
        parts = consumed if isinstance(consumed, list) else [consumed]
        return sum(max(0.5, part["CapacityUnits"]) for part in parts), {}

    def _images(self, asked: Mapping[str, Any]) -> dict[tuple[str, str], Image | None]:
        """Read the items that a transaction names, as they are now, off the record."""
        parts = [part for item in asked["TransactItems"] for part in item.values()]
        keys = [{name: part.get("Key", part.get("Item"))[name] for name in ("pk", "sk")} for part in parts]
        wanted = {parts[0]["TableName"]: {"Keys": keys, "ConsistentRead": True}}
        answer = self._reader.batch_get_item(RequestItems=wanted)
        found = {_text(image): image for images in answer["Responses"].values() for image in images}
        return {_text(key): found.get(_text(key)) for key in keys}


def _read(operation: str, asked: Mapping[str, Any]) -> str:
    """Name what a call reads: the key of an item, or the partition of an index or the table."""
    match operation:
        case "GetItem":
            return " ".join(_text(asked["Key"]))
        case "Query":
            return f"{asked.get('IndexName')} {asked['ExpressionAttributeValues'][':pk']['S']}"
    return ""


def _text(key: Image) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]


def call_bare(tape: Tape) -> None:
    """Make the calls of a tape with nothing around them."""
    for call in tape.calls:
        with contextlib.suppress(ClientError):
            getattr(_client(call.service), xform_name(call.operation))(**call.asked)


@cache
def _client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]


class _Body(NamedTuple):
    content: bytes

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.content


def _answer(url: str, body: bytes) -> AWSResponse:
    return AWSResponse(url, 200, HTTPHeaders(), _Body(body))
