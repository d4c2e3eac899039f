"""The DynamoDB table behind `admit.store.Table`: encoding, one retry policy, and errors in our words.

botocore retries throttles and server errors by itself, but neither a transaction's conflict nor a conflict
with a transaction; those are retried here, with jitter, and end as Contention.
"""

import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from admit.errors import Invalid, TooLarge
from admit.store import (
    ALL,
    Check,
    ConditionFailed,
    Contention,
    Delete,
    Entry,
    Found,
    Item,
    Key,
    Page,
    Put,
    TransactionRefused,
    Update,
    Within,
    Write,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_RETRIES = 7
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.4
_MOST_NAMED = 60
_CONFLICT = "TransactionConflict"
_CONDITION = "ConditionalCheckFailed"
_PASSING = {
    _CONFLICT,
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingError",
    "ThrottlingException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
}


class _Integers(TypeDeserializer):
    """Numbers are whole everywhere in the table."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)


_encode = TypeSerializer().serialize
_decode = _Integers().deserialize


def read_image(image: Mapping[str, Any]) -> Item:
    """Read an item in DynamoDB's own form, as a stream record holds it."""
    return {name: _decode(value) for name, value in image.items()}


class Signature(NamedTuple):
    """Who changes items of these kinds, and when; with it stands what the same transaction has removed."""

    by: str
    at: str
    kinds: Collection[str]


class DynamoTable:
    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        random: Random | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._name = name
        self._random = random or SystemRandom()
        self._sleep = sleep
        self._signature: Signature | None = None

    @contextmanager
    def signed(self, signature: Signature) -> Iterator[None]:
        """Let what is put until the block is left say who has put it."""
        self._signature = signature
        try:
            yield
        finally:
            self._signature = None

    def get(self, key: Key) -> Item | None:
        if _too_long(key):
            return None
        answer = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        return read_image(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        found: dict[Key, Item] = {}
        wanted = [key for key in dict.fromkeys(keys) if not _too_long(key)]
        for at in range(0, len(wanted), 100):
            asked: Any = {
                self._name: {"Keys": [_key(key) for key in wanted[at : at + 100]], "ConsistentRead": True}
            }
            for pause in self._pauses():
                answer = self._client.batch_get_item(RequestItems=asked)
                for image in answer["Responses"].get(self._name, []):
                    item = read_image(image)
                    found[Key(item["pk"], item["sk"])] = item
                if not (asked := answer.get("UnprocessedKeys")):
                    break
                self._sleep(pause)
            else:
                raise Contention
        return [found[key] for key in keys if key in found]

    def query(self, pk: str, sk_prefix: str = "") -> list[Item]:
        items: list[Item] = []
        if _too_long(Key(pk, sk_prefix)):
            return items
        more: dict[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._name,
                KeyConditionExpression="pk = :pk" + (" AND begins_with(sk, :sk)" if sk_prefix else ""),
                ExpressionAttributeValues=_values({"pk": pk} | ({"sk": sk_prefix} if sk_prefix else {})),
                ConsistentRead=True,
                **more,
            )
            items += [read_image(image) for image in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return items
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def span(self, pk: str, *, after: str, until: str, limit: int, newest_first: bool = False) -> list[Item]:
        if _too_long(Key(pk, after)) or _too_long(Key(pk, until)) or after > until:
            raise Invalid.field("cursor", "is not one that a list has answered")
        # A span can't be open at one end; what stands at its beginning is left out here.
        begins = until if newest_first else after
        items: list[Item] = []
        more: dict[str, Any] = {}
        while True:  # an answer of 1 MB ends before its limit
            answer = self._client.query(
                TableName=self._name,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :after AND :until",
                ExpressionAttributeValues=_values({"pk": pk, "after": after, "until": until}),
                ConsistentRead=True,
                ScanIndexForward=not newest_first,
                Limit=limit + 1 - len(items),
                **more,
            )
            read = (read_image(image) for image in answer["Items"])
            items += [item for item in read if item["sk"] != begins]
            if "LastEvaluatedKey" not in answer or len(items) >= limit:
                return items[:limit]
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def find(
        self,
        index: str,
        pk: str,
        *,
        limit: int,
        cursor: str | None = None,
        newest_first: bool = False,
        within: Within = ALL,
    ) -> Found:
        page = self.listed(index, pk, limit=limit, cursor=cursor, newest_first=newest_first, within=within)
        # An item that leaves the index at this moment may be named without its key there.
        entries = [
            Entry(Key(item["pk"], item["sk"]), item[f"{index}sk"])
            for item in page.items
            if f"{index}sk" in item
        ]
        return Found(entries, page.cursor)

    def listed(
        self,
        index: str,
        pk: str,
        *,
        limit: int,
        cursor: str | None = None,
        newest_first: bool = False,
        within: Within = ALL,
        having: str | None = None,
    ) -> Page:
        clause, bound = _within(index, within)
        if bound == "" or _too_long(Key(pk, bound or "")):
            raise Invalid.field("cursor", "is not one that a list has answered")
        more: Any = {"ExclusiveStartKey": _read_cursor(cursor, index, pk)} if cursor else {}
        if having is not None:
            more["FilterExpression"] = f"attribute_exists({having})"
        answer = self._client.query(
            TableName=self._name,
            IndexName=index,
            KeyConditionExpression=f"{index}pk = :pk{clause}",
            ExpressionAttributeValues=_values({"pk": pk} | ({"bound": bound} if bound else {})),
            Limit=limit,
            ScanIndexForward=not newest_first,
            **more,
        )
        last = answer.get("LastEvaluatedKey")
        return Page([read_image(image) for image in answer["Items"]], _write_cursor(last) if last else None)

    def page(
        self, index: str, pk: str, *, limit: int, cursor: str | None = None, newest_first: bool = False
    ) -> Page:
        found = self.find(index, pk, limit=limit, cursor=cursor, newest_first=newest_first)
        return Page(self.get_many([entry.key for entry in found.entries]), found.cursor)

    def write(self, write: Put | Update | Delete) -> Item:
        try:
            if isinstance(write, Delete):
                self._retried(lambda: self._client.delete_item(**self._delete(write)))
                return {}
            if isinstance(write, Put):
                signed = self._signed(write)
                self._retried(lambda: self._client.put_item(**self._put(signed)))
                return {"pk": signed.key.pk, "sk": signed.key.sk, **signed.item}
            answer = self._retried(
                lambda: self._client.update_item(**self._update(write), ReturnValues="ALL_NEW")
            )
            return read_image(answer["Attributes"])
        except ClientError as exc:
            if exc.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            old: Any = exc.response.get("Item")
            raise ConditionFailed(read_image(old) if old else None) from exc

    def transact(self, writes: Sequence[Write]) -> None:
        removed = [" ".join(write.key) for write in writes if isinstance(write, Delete)]
        items: Any = [self._transacted(write, removed) for write in writes]
        try:
            self._retried(lambda: self._client.transact_write_items(TransactItems=items))
        except ClientError as exc:
            failed: dict[int, Item | None] = {}
            reasons: Any = exc.response.get("CancellationReasons", [])
            for at, reason in enumerate(reasons):
                if reason.get("Code") == _CONDITION:
                    failed[at] = read_image(reason["Item"]) if reason.get("Item") else None
            if not failed:
                raise
            raise TransactionRefused(failed) from exc

    def _transacted(self, write: Write, removed: Sequence[str]) -> dict[str, Any]:
        match write:
            case Put():
                return {"Put": self._put(self._signed(write, removed))}
            case Update():
                return {"Update": self._update(write)}
            case Delete():
                return {"Delete": self._delete(write)}
            case Check():
                return {"ConditionCheck": self._conditional(write, Key=_key(write.key))}

    def _signed(self, put: Put, removed: Sequence[str] = ()) -> Put:
        """Say who puts an item, if that is to be told of its kind."""
        signature = self._signature
        if signature is None or put.item.get("kind") not in signature.kinds:
            return put
        named = list(removed) if len(removed) <= _MOST_NAMED else []
        # What tells this write from another at the same moment.
        mark = self._random.getrandbits(32)
        changed = {"by": signature.by, "at": signature.at, "removed": named, "mark": mark}
        return replace(put, item={**put.item, "changed": changed})

    def _put(self, put: Put) -> dict[str, Any]:
        item = {"pk": put.key.pk, "sk": put.key.sk, **put.item}
        return self._conditional(put, Item={name: _encode(value) for name, value in item.items()})

    def _update(self, update: Update) -> dict[str, Any]:
        return self._conditional(update, Key=_key(update.key), UpdateExpression=update.expression)

    def _delete(self, delete: Delete) -> dict[str, Any]:
        return self._conditional(delete, Key=_key(delete.key))

    def _conditional(self, write: Write, **parts: Any) -> dict[str, Any]:
        parts |= {"TableName": self._name, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        if write.condition is not None:
            parts["ConditionExpression"] = write.condition
        if write.values:
            parts["ExpressionAttributeValues"] = _values(write.values)
        expressions = f"{parts.get('UpdateExpression', '')} {write.condition or ''}"
        if names := set(re.findall(r"#(\w+)", expressions)):
            parts["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
        return parts

    def _retried[T](self, call: Callable[[], T]) -> T:
        for pause in self._pauses():
            try:
                return call()
            except ClientError as exc:
                if _too_large(exc):
                    raise TooLarge from exc
                if not _passing(exc):
                    raise
                self._sleep(pause)
        try:
            return call()
        except ClientError as exc:
            if not _passing(exc):
                raise
            raise Contention from exc

    def _pauses(self) -> list[float]:
        """Full jitter over a doubling ceiling: writers that met once should not meet again."""
        return [
            self._random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**tried)) for tried in range(_RETRIES)
        ]


def _passing(exc: ClientError) -> bool:
    """Say whether the same request may go through later; a false condition is final."""
    reasons: Any = exc.response.get("CancellationReasons", [])
    codes = {reason.get("Code") for reason in reasons}
    if _CONDITION in codes:
        return False
    return exc.response["Error"]["Code"] in _PASSING or bool(codes & _PASSING)


def _too_large(exc: ClientError) -> bool:
    """Say whether an item would be above 400 KB, or a transaction above 4 MB. Only the messages tell."""
    reasons: Any = exc.response.get("CancellationReasons", [])
    told = [exc.response["Error"], *(reason for reason in reasons if reason.get("Code") == "ValidationError")]
    return any(re.search("Item size|4 ?MB", str(one.get("Message"))) for one in told)


def _within(index: str, within: Within) -> tuple[str, str | None]:
    """Write the part of a key condition that bounds the sort key, and its value."""
    match within:
        case Within(below=str(bound)):
            return f" AND {index}sk < :bound", bound
        case Within(above=str(bound)):
            return f" AND {index}sk > :bound", bound
        case Within(prefix=str(bound)):
            return f" AND begins_with({index}sk, :bound)", bound
    return "", None


def _too_long(key: Key) -> bool:
    """Say whether no item can have this key, which may come from an address that somebody typed."""
    return len(key.pk.encode()) > 2048 or len(key.sk.encode()) > 1024


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f":{name}": _encode(value) for name, value in values.items()}


def _write_cursor(last: Mapping[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(last, separators=(",", ":")).encode()).decode()


def _read_cursor(cursor: str, index: str, pk: str) -> Any:
    try:
        start = {name: str(value["S"]) for name, value in json.loads(urlsafe_b64decode(cursor)).items()}
        sizes = [len(value.encode()) for value in start.values()]
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise Invalid.field("cursor", "is not one that a list has answered") from exc
    ours = start.keys() == {"pk", "sk", f"{index}pk", f"{index}sk"} and start[f"{index}pk"] == pk
    if not ours or not all(0 < size <= 1024 for size in sizes):
        raise Invalid.field("cursor", "is not one that this list has answered")
    return {name: {"S": value} for name, value in start.items()}
