"""Tables for races: one without conditions, for the controls, and one on which others are quicker."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from admit.aws.table import DynamoTable
from admit.store import Check, Delete, Item, Key, Put, Update, Write


class Unguarded(DynamoTable):
    """The same table without the conditions of writes whose keys begin so; none given, all of them hold."""

    def __init__(self, table: DynamoTable, *loose: str) -> None:
        super().__init__(table._client, table._name)
        self._loose = loose

    def write(self, write: Put | Update | Delete) -> Item:
        loosened = self._loosened(write)
        assert not isinstance(loosened, Check)
        return super().write(loosened)

    def transact(self, writes: Sequence[Write]) -> None:
        super().transact([self._loosened(write) for write in writes])

    def _loosened(self, write: Write) -> Write:
        if not write.key.pk.startswith(self._loose):
            return write
        if isinstance(write, Check):
            return Check(write.key, "attribute_exists(pk) OR attribute_not_exists(pk)", {})
        # What only the condition has used would be refused by DynamoDB.
        expression = write.expression if isinstance(write, Update) else ""
        values = {name: value for name, value in write.values.items() if f":{name}" in expression}
        return replace(write, condition=None, values=values)


class Meanwhile(Unguarded):
    """A table on which somebody else acts just before the first write of a key that begins so."""

    def __init__(
        self, table: DynamoTable, act: Callable[[], object], begins: str = "", *, loose: str = ""
    ) -> None:
        super().__init__(table, *([loose] if loose else []))
        self._act: Callable[[], object] | None = act
        self._begins = begins

    def write(self, write: Put | Update | Delete) -> Item:
        self._before(write.key)
        return super().write(write)

    def transact(self, writes: Sequence[Write]) -> None:
        self._before(*(write.key for write in writes))
        super().transact(writes)

    def _before(self, *written: Key) -> None:
        if self._act is not None and any(key.pk.startswith(self._begins) for key in written):
            act, self._act = self._act, None
            act()
