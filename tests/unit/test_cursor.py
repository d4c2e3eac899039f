"""A cursor that no list has answered is refused before the table is asked."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.errors import Invalid

NO_CLIENT: Any = None


@pytest.mark.parametrize("text", ["", "\ud800", "\u00e9" * 513, "x" * 1_025])
def test_a_cursor_with_a_key_that_no_item_has_is_refused(text: str) -> None:
    start = {name: {"S": text} for name in ("pk", "sk", "gsi1sk")} | {"gsi1pk": {"S": "OWNER#1"}}
    cursor = urlsafe_b64encode(json.dumps(start).encode()).decode()

    with pytest.raises(Invalid) as refused:
        DynamoTable(NO_CLIENT, "admit").find("gsi1", "OWNER#1", limit=1, cursor=cursor)

    assert [fault.field for fault in refused.value.faults] == ["cursor"]
