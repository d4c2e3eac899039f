"""Each route of the contract answers as it is declared to, when all is well."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from tests.builders import an_event
from tests.engine.access import DOCUMENT, EMPTY, YES, Row, ask, read_outcomes, rows
from tests.engine.access_world import World, access_world
from tests.engine.api import Api

CONTRACT = json.loads(Path("web/openapi.json").read_text())["paths"]


@pytest.fixture(scope="module")
def world(dynamodb: Any) -> Iterator[World]:
    with access_world(dynamodb) as made:
        yield made


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.label.replace("`", ""))
def test_a_route_answers_as_it_is_declared_to(world: World, row: Row) -> None:
    outcomes = read_outcomes(DOCUMENT.read_text(), world.callers)[row.label]
    granted = [one for one in world.callers if outcomes[one.name] in (YES, EMPTY)]
    answers = CONTRACT[row.route.path][row.route.method.lower()]["responses"]
    declared = [int(code) for code in answers if code < "4"]
    for caller in granted[:1]:
        answer = ask(world, row, caller).answer
        assert answer.status in declared, answer.text


def test_a_page_that_has_not_changed_is_not_sent_again(api: Api, table: DynamoTable) -> None:
    page = f"/public/events/{an_event(table).event.slug}"
    etag = api.get(page).headers["etag"]
    same = api.get(page, headers={"If-None-Match": etag})
    assert (same.status, same.text, same.headers["etag"]) == (304, "", etag)
    assert api.get(page, headers={"If-None-Match": '"another"'}).status == 200
