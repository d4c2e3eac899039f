"""DynamoDB's expressions, as far as writes of orders use them, worked out on an item in memory.

What is not known here is refused with ValueError, so that nothing is rehearsed otherwise than it is done.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from admit.store import Item

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+\-]|[#:]?\w+)")
_CLAUSES = ("SET", "REMOVE", "ADD")
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ABSENT: Any = object()


def holds(condition: str | None, item: Item | None, values: Mapping[str, Any]) -> bool:
    """Say whether a write's condition is true of an item; None is one that is not there."""
    if condition is None:
        return True
    reader = _Reader(condition, item or {}, values)
    outcome = reader.any_of()
    reader.end()
    return outcome


def updated(expression: str, item: Item | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item after an update; every value is worked out on the item as it was."""
    reader = _Reader(expression, item or {}, values)
    after = dict(item or {})
    while reader.more:
        clause = reader.next()
        if clause not in _CLAUSES:
            raise ValueError(f"not a clause that is known: {clause}")
        while True:
            name = reader.name()
            if clause == "REMOVE":
                after.pop(name, None)
            elif clause == "ADD":
                after[name] = reader.item.get(name, 0) + reader.operand()
            else:
                reader.expect("=")
                after[name] = reader.sum()
            if not reader.takes(","):
                break
    return after


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, expression: str, item: Item, values: Mapping[str, Any]) -> None:
        self.item = item
        self._values = values
        self._tokens = _TOKEN.findall(expression)
        if "".join(self._tokens) != re.sub(r"\s", "", expression):
            raise ValueError(f"not an expression that is known: {expression}")
        self._at = 0

    @property
    def more(self) -> bool:
        return self._at < len(self._tokens)

    def next(self) -> str:
        if not self.more:
            raise ValueError("the expression ends too soon")
        self._at += 1
        token: str = self._tokens[self._at - 1]
        return token

    def takes(self, *tokens: str) -> bool:
        """Go past one of these, if it comes next."""
        if self.more and self._tokens[self._at] in tokens:
            self._at += 1
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.takes(token):
            raise ValueError(f"{token} is missing")

    def end(self) -> None:
        if self.more:
            raise ValueError(f"not understood from here: {self._tokens[self._at]}")

    def name(self) -> str:
        """Read the name of an attribute."""
        return self.next().removeprefix("#")

    # --- conditions ---------------------------------------------------------------------------------------

    def any_of(self) -> bool:
        outcome = self._all_of()
        while self.takes("OR"):
            outcome = self._all_of() or outcome
        return outcome

    def _all_of(self) -> bool:
        outcome = self._one()
        while self.takes("AND"):
            outcome = self._one() and outcome
        return outcome

    def _one(self) -> bool:
        if self.takes("NOT"):
            return not self._one()
        if self.takes("("):
            outcome = self.any_of()
            self.expect(")")
            return outcome
        if self.takes("attribute_exists"):
            return self._argument() in self.item
        if self.takes("attribute_not_exists"):
            return self._argument() not in self.item
        return self._compared()

    def _argument(self) -> str:
        self.expect("(")
        name = self.name()
        self.expect(")")
        return name

    def _compared(self) -> bool:
        left, sign = self.operand(), self.next()
        if sign == "IN":
            self.expect("(")
            among = [self.operand()]
            while self.takes(","):
                among.append(self.operand())
            self.expect(")")
            return left in among
        right = self.operand()
        if sign in ("=", "<>"):
            return (left == right) is (sign == "=")
        if sign not in _COMPARED:
            raise ValueError(f"not a comparison that is known: {sign}")
        # What is not there, or of another kind, is neither more nor less.
        return type(left) is type(right) and _COMPARED[sign](left, right)

    # --- values -------------------------------------------------------------------------------------------

    def sum(self) -> Any:
        total = self.operand()
        while True:
            if self.takes("+"):
                total += self.operand()
            elif self.takes("-"):
                total -= self.operand()
            else:
                return total

    def operand(self) -> Any:
        token = self.next()
        if token == "if_not_exists":
            self.expect("(")
            name = self.name()
            self.expect(",")
            otherwise = self.operand()
            self.expect(")")
            return self.item.get(name, otherwise)
        if token.startswith(":"):
            return self._values[token[1:]]
        return self.item.get(token.removeprefix("#"), _ABSENT)
