"""No caller reads or changes what is not his: every route, asked by every kind of caller.

What each may do stands in docs/access.md. `python -m tests.engine.access` writes its tables from the answers.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from admit.people.person import load_person, person_id
from tests.engine.access import (
    DOCUMENT,
    EMPTY,
    NO,
    YES,
    Finding,
    Row,
    ask,
    ask_all,
    read_outcomes,
    rendered,
    rows,
    tables_of,
)
from tests.engine.access_world import PRIVATE, Caller, World, access_world, mail_of, somebody
from tests.engine.api import routes

ROWS = rows()
CROSSED = {
    "other owner": (["organizer_id"], ["organizer_id", "event_id"]),
    "other relay": (["company_id"],),
    "other buyer": (["order_id"],),
}
"""What of their own outsiders name, beside things of others."""


@pytest.fixture(scope="module")
def world(dynamodb: Any) -> Iterator[World]:
    with access_world(dynamodb) as made:
        yield made


@pytest.fixture(scope="module")
def findings(world: World) -> Any:
    """Return what gives the answers to a row, which is asked once."""
    return cache(lambda row: ask_all(world, row))


def test_every_route_is_asked() -> None:
    assert {(row.route.method, row.route.path) for row in ROWS} == {
        (route.method, route.path) for route in routes()
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label.replace("`", ""))
def test_a_route_answers_whom_the_table_says_and_nobody_else(world: World, findings: Any, row: Row) -> None:
    found: Mapping[str, Finding] = findings(row)
    outcomes = {name: one.outcome for name, one in found.items()}
    assert outcomes == read_outcomes(DOCUMENT.read_text(), world.callers)[row.label]
    assert YES in outcomes.values() or EMPTY in outcomes.values() or row.ask.thing == "passed on"
    for caller in world.callers:
        one = found[caller.name]
        if one.outcome == NO:
            assert of_others(caller, one) == [], (caller.name, one.changed)
            assert PRIVATE not in one.answer.text.casefold(), caller.name
        if caller.outside:
            assert one.people == set(), (caller.name, one.answer.text)
    assert world.table.image() == world.image


def of_others(caller: Caller, found: Finding) -> list[str]:
    """Name what was changed; a door's own event keeps who came there with a code of another one."""
    strays = f"STRAY#{caller.own.get('event_id')}#"
    return [change for change in found.changed if not change.startswith(strays)]


def test_the_tables_are_those_of_the_document(world: World, findings: Any) -> None:
    """Run `python -m tests.engine.access` when rights are meant to have changed."""
    assert tables_of(DOCUMENT.read_text()) == rendered(world.callers, {row: findings(row) for row in ROWS})


def crossings(row: Row, caller: Caller) -> Iterator[dict[str, str]]:
    """Yield what of his own a caller names, where something of others' is named beside it."""
    names = row.route.parameters(row.route.path) or {}
    for own in CROSSED[caller.name]:
        others = bool(names.keys() - own) or row.ask.body is not None
        if names.keys() >= set(own) and others:
            yield {name: caller.own[name] for name in own}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label.replace("`", ""))
def test_who_names_things_of_others_beside_his_own_gets_nothing_of_theirs(world: World, row: Row) -> None:
    for caller in (one for one in world.callers if one.name in CROSSED):
        for own in crossings(row, caller):
            found = ask(world, row, caller, own)
            touched = [change for change in found.changed if change.partition(" ")[0] in world.inner]
            assert touched == [], (caller.name, own)
            # An address that he names himself may come back.
            told = found.answer.text.replace(world.known[row.ask.names.get("email", "email")], "")
            assert PRIVATE not in told.casefold(), (caller.name, own, told)


@pytest.mark.parametrize("name", ["scanning device", "door"])
def test_who_only_lets_people_in_is_shown_names_and_no_addresses(findings: Any, name: str) -> None:
    found: list[Finding] = [findings(row)[name] for row in ROWS]
    assert set().union(*(one.people for one in found)) != set()
    assert not [one.answer.text for one in found if f"@{PRIVATE}" in one.answer.text.casefold()]


def test_who_names_somebody_for_a_ticket_of_his_own_changes_nothing_that_was_said_of_him(
    world: World,
) -> None:
    [other] = [one for one in world.callers if one.name == "other buyer"]
    hanna = person_id(world.known["event_id"], mail_of("hanna"), somebody("hanna")["name"])
    before = load_person(world.table, hanna)
    path = f"/public/orders/{other.own['order_id']}/tickets/1/holder"
    said = somebody("hanna") | {"company": "Elsewhere", "title": "Impostor", "phone": "+47 900 00 000"}
    for _ in range(2):
        given = world.api.put(path, said, key=other.keys[other.own["order_id"]])
        assert given.status == 200, given.text
    after = load_person(world.table, hanna)
    world.put_back()
    assert before.title == "Engineer"
    assert (after.email, after.name, after.title) == (before.email, before.name, before.title)


def test_a_route_without_its_guard_would_be_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    [stranger] = [one for one in world.callers if one.name == "stranger"]
    [persons] = [row for row in ROWS if row.label.startswith("`GET") and row.label.endswith("/persons`")]
    guarded = ask(world, persons, stranger)
    monkeypatch.setattr("admit.aws.organizer.require_member", lambda *_: None)
    unguarded = ask(world, persons, stranger)
    assert (guarded.outcome, guarded.people, unguarded.outcome) == (NO, set(), YES)
    assert "hanna" in unguarded.people


@pytest.mark.parametrize(
    "claims", [{"token_use": "access"}, {"email_verified": "false"}], ids=["of access", "unverified"]
)
def test_a_token_of_another_kind_opens_nothing(world: World, claims: Mapping[str, str]) -> None:
    [owner] = [one for one in world.callers if one.name == "owner"]
    for row in ROWS:
        if row.route.authorizer is not None:
            found = ask(world, row, owner, claims=claims)
            assert (found.answer.status, found.answer.code, found.changed) == (401, "unauthenticated", [])
