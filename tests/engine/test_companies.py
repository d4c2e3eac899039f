"""Companies and the relays who act for them; of these one is primary whenever there are any."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.errors import Conflict, PrimaryRelay
from admit.people.company import Company, load_company, relays_of
from admit.people.edit_relay import MOST_RELAYS, RelaySettings, remove_relay, set_relay
from admit.store import Put, Write
from tests.builders import a_name
from tests.engine.api import FOUNDER, Api
from tests.engine.partners import BILLED, INGRID, JONAS, KARI, Partners, an_organizer, partners


@pytest.fixture
def stage(api: Api, table: DynamoTable) -> Partners:
    return partners(api, table)


def told(stage: Partners, company_id: str) -> list[tuple[str, bool]]:
    """Return the relays of a company as its organizer sees them, and which is primary."""
    listed = stage.done("GET", f"{stage.organizer}/companies/{company_id}/relays")["items"]
    return [(one["email"], one["primary"]) for one in listed]


# --- companies --------------------------------------------------------------------------------------------


def test_a_company_keeps_what_is_said_of_it_and_a_change_leaves_the_rest(stage: Partners) -> None:
    contact = {"name": "Ingrid Dahl", "email": INGRID, "phone": "+47 900 00 000"}
    said: Any = {"billing": BILLED, "contact": contact, "domains": ["polar.example"], "notes": "Since 2019"}
    company_id = stage.company(**said)
    path = f"{stage.organizer}/companies/{company_id}"

    read = stage.done("GET", path)
    assert {name: read[name] for name in said} == said
    assert (read["name"], read["archived"]) == ("Polar Systems", False)

    changed = stage.done("PATCH", path, {"name": "Polar Systems AS", "contact": None})
    assert changed == read | {"name": "Polar Systems AS", "contact": None}
    assert stage.done("GET", path) == changed


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"name": None}, "name"),
        ({"archived": None}, "archived"),
        ({"billing": {"vat_id": "NO 1"}}, "billing.company"),
        ({"billing": {"company": "Polar", "address": {"street": "Storgata 1"}}}, "billing.address.city"),
        ({"contact": {"name": "Ingrid", "email": "ingrid"}}, "contact.email"),
        ({"domains": ["polar"]}, "domains[0]"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_a_company_can_not_be_is_refused_by_its_field(stage: Partners, patch: Any, field: str) -> None:
    answer = stage.send("PATCH", f"{stage.organizer}/companies/{stage.company()}", patch)

    assert (answer.status, answer.code) == (422, "invalid_input")
    assert field in [fault["field"] for fault in answer.body["errors"]]


def test_a_company_is_found_again_by_its_key_also_after_it_was_changed(stage: Partners) -> None:
    path, key = f"{stage.organizer}/companies", a_name("key")
    first = stage.done("POST", path, {"name": "Polar"}, idempotency_key=key)
    stage.done("PATCH", f"{path}/{first['id']}", {"name": "Polar AS"})

    assert stage.done("POST", path, {"name": "Polar"}, idempotency_key=key)["id"] == first["id"]
    other = stage.send("POST", path, {"name": "Polar", "notes": "x"}, idempotency_key=key)
    assert (other.status, other.code) == (422, "idempotency_conflict")


def test_an_archived_company_is_listed_apart_and_comes_back(stage: Partners) -> None:
    polar, fjord = stage.company("Polar"), stage.company("Fjord")
    path = f"{stage.organizer}/companies"

    def listed(**query: str) -> list[str]:
        return [one["id"] for one in stage.done("GET", path, query=query)["items"]]

    assert listed() == [fjord, polar]
    stage.done("PATCH", f"{path}/{polar}", {"archived": True})
    assert (listed(), listed(archived="true")) == ([fjord], [polar])
    stage.done("PATCH", f"{path}/{polar}", {"archived": False})
    assert (listed(), listed(archived="true")) == ([fjord, polar], [])


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_company_of_another_organizer_is_not_there(stage: Partners, api: Api, method: str) -> None:
    strange = f"{an_organizer(api, 'Southern Cross')}/companies/{stage.company('Polar', INGRID)}"

    answers = [
        stage.send(method, strange, {} if method == "PATCH" else None),
        stage.send("GET", f"{strange}/relays"),
        stage.send("PUT", f"{strange}/relays/{KARI}", {"name": "Kari"}),
        stage.send("DELETE", f"{strange}/relays/{INGRID}"),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(404, "not_found")}


def test_two_changes_of_a_company_at_once_both_count(stage: Partners, table: DynamoTable) -> None:
    company = load_company(table, stage.company("Polar"))
    path = f"{stage.organizer}/companies/{company.id}"
    stage.done("PUT", f"{path}/relays/{INGRID}", {"name": "Ingrid"})

    added = set_relay(table, company, JONAS, RelaySettings(name="Jonas"))

    assert not added.primary
    assert told(stage, company.id) == [(INGRID, True), (JONAS, False)]


# --- relays -----------------------------------------------------------------------------------------------


def test_the_first_relay_is_primary_whatever_is_said(stage: Partners) -> None:
    company_id = stage.company()
    path = f"{stage.organizer}/companies/{company_id}/relays"

    assert stage.done("PUT", f"{path}/{INGRID}", {"name": "Ingrid", "primary": False})["primary"] is True
    assert stage.done("PUT", f"{path}/{JONAS}", {"name": "Jonas"})["primary"] is False
    assert told(stage, company_id) == [(INGRID, True), (JONAS, False)]


def test_a_new_primary_relay_takes_the_place_of_the_one_before(stage: Partners) -> None:
    company_id = stage.company("Polar", INGRID, JONAS, KARI)
    path = f"{stage.organizer}/companies/{company_id}/relays"

    stage.done("PUT", f"{path}/{JONAS}", {"name": "Jonas", "primary": True})

    assert told(stage, company_id) == [(JONAS, True), (INGRID, False), (KARI, False)]


def test_the_primary_relay_keeps_his_place_when_only_his_name_changes(stage: Partners) -> None:
    company_id = stage.company("Polar", INGRID, JONAS)
    renamed = stage.done(
        "PUT", f"{stage.organizer}/companies/{company_id}/relays/{INGRID.upper()}", {"name": "Inga"}
    )

    assert (renamed["email"], renamed["name"], renamed["primary"]) == (INGRID, "Inga", True)
    assert told(stage, company_id) == [(INGRID, True), (JONAS, False)]


def test_the_primary_relay_goes_last(stage: Partners) -> None:
    company_id = stage.company("Polar", INGRID, JONAS)
    path = f"{stage.organizer}/companies/{company_id}/relays"

    refusals = [
        stage.send("DELETE", f"{path}/{INGRID}"),
        stage.send("PUT", f"{path}/{INGRID}", {"name": "Ingrid", "primary": False}),
    ]
    assert {(one.status, one.code) for one in refusals} == {(409, "primary_relay")}
    assert stage.send("DELETE", f"{path}/{JONAS}").status == 204
    assert stage.send("DELETE", f"{path}/{INGRID}").status == 204
    assert told(stage, company_id) == []
    gone = stage.send("DELETE", f"{path}/{INGRID}")
    assert (gone.status, gone.code) == (404, "not_found")


@pytest.mark.parametrize("email", ["nobody", "a b@polar.example", "%20"])
def test_a_relay_is_named_by_an_address(stage: Partners, email: str) -> None:
    path = f"{stage.organizer}/companies/{stage.company()}/relays/{email}"

    answer = stage.send("PUT", path, {"name": "Nobody"})

    assert (answer.status, [fault["field"] for fault in answer.body["errors"]]) == (422, ["email"])


def test_a_company_has_an_end_to_its_relays(table: DynamoTable) -> None:
    company = a_company(table)
    for n in range(MOST_RELAYS):
        table.write(Put(keys.relay(company.id, f"r{n}@x.example"), a_relay(company, n)))

    with pytest.raises(Conflict, match="100 relays at most"):
        set_relay(table, company, "late@x.example", RelaySettings(name="One more"))
    assert set_relay(table, company, "r0@x.example", RelaySettings(name="Anew")).name == "Anew"


def a_company(table: DynamoTable) -> Company:
    company = Company.model_validate(
        {
            "id": a_name("company"),
            "organizer_id": "organizer-1",
            "name": "Polar",
            "created_at": "2027-03-01T12:00:00Z",
        }
    )
    table.write(company.put())
    return company


def a_relay(company: Company, n: int) -> dict[str, Any]:
    return {
        "kind": "relay",
        "company_id": company.id,
        "email": f"r{n}@x.example",
        "name": "R",
        "primary": n == 0,
    }


# --- in the portal ----------------------------------------------------------------------------------------


def test_a_person_finds_the_companies_that_he_acts_for(stage: Partners) -> None:
    kari = f"{a_name('kari')}@fjord.example"
    polar, fjord = stage.company("Polar", INGRID, kari), stage.company("Fjord", kari)

    mine = stage.done("GET", "/distribution/companies", as_=kari)

    enabled = mine["items"][0]["enabled"]
    assert mine["items"] == [
        {"id": fjord, "name": "Fjord", "archived": False, "primary": True, "enabled": enabled},
        {"id": polar, "name": "Polar", "archived": False, "primary": False, "enabled": enabled},
    ]
    assert stage.done("GET", "/distribution/companies", as_="nobody@x.example")["items"] == []


def test_the_primary_relay_says_who_else_acts_for_the_company(stage: Partners) -> None:
    company_id = stage.company("Polar", INGRID, JONAS)
    path = f"/distribution/companies/{company_id}/relays"

    stage.done("PUT", f"{path}/{KARI}", {"name": "Kari"}, as_=INGRID)
    assert stage.send("DELETE", f"{path}/{JONAS}", as_=INGRID).status == 204
    listed = stage.done("GET", path, as_=KARI)["items"]
    assert [(one["email"], one["primary"]) for one in listed] == [(INGRID, True), (KARI, False)]

    stage.done("PUT", f"{path}/{KARI}", {"name": "Kari", "primary": True}, as_=INGRID)
    late = stage.send("PUT", f"{path}/{JONAS}", {"name": "Jonas"}, as_=INGRID)
    assert (late.status, late.code) == (403, "forbidden")
    assert stage.done("PUT", f"{path}/{JONAS}", {"name": "Jonas"}, as_=KARI)["primary"] is False


def test_another_relay_looks_and_changes_nothing(stage: Partners) -> None:
    company_id = stage.company("Polar", INGRID, JONAS)
    path = f"/distribution/companies/{company_id}/relays"

    refusals = [
        stage.send("PUT", f"{path}/{KARI}", {"name": "Kari"}, as_=JONAS),
        stage.send("PUT", f"{path}/{JONAS}", {"name": "Jonas", "primary": True}, as_=JONAS),
        stage.send("DELETE", f"{path}/{INGRID}", as_=JONAS),
    ]

    assert {(one.status, one.code) for one in refusals} == {(403, "forbidden")}
    assert told(stage, company_id) == [(INGRID, True), (JONAS, False)]


def test_to_a_stranger_the_company_is_not_there(stage: Partners) -> None:
    company_id = stage.company("Polar", INGRID)
    stage.company("Fjord", KARI)
    path = f"/distribution/companies/{company_id}/relays"

    refusals = [
        stage.send("GET", path, as_=KARI),
        stage.send("PUT", f"{path}/{KARI}", {"name": "Kari"}, as_=KARI),
        stage.send("DELETE", f"{path}/{INGRID}", as_=KARI),
        stage.send("GET", path, as_=FOUNDER),
    ]

    assert {(one.status, one.code) for one in refusals} == {(404, "not_found")}


# --- races ------------------------------------------------------------------------------------------------


class Overtaken(DynamoTable):
    """A table on which somebody else acts between what is read first and what is written then."""

    def __init__(self, dynamodb: Any, name: str, act: Callable[[], object], *, loose: bool) -> None:
        super().__init__(dynamodb, name)
        self._acts = [act]
        self._loose = loose

    def transact(self, writes: Sequence[Write]) -> None:
        if self._acts:
            self._acts.pop()()
        loosened = [
            replace(one, condition=None, values={}) if isinstance(one, Put) else one for one in writes
        ]
        super().transact(loosened if self._loose else writes)


def primary_relays(table: DynamoTable, company: Company) -> list[str]:
    return sorted(relay.email for relay in relays_of(table, company.id) if relay.primary)


@pytest.mark.parametrize(("loose", "primary"), [(False, [JONAS]), (True, [JONAS, KARI])])
def test_of_two_who_are_made_primary_at_once_one_is_or_without_the_guard_both(
    dynamodb: Any, table_name: str, table: DynamoTable, loose: bool, primary: list[str]
) -> None:
    company = a_company(table)
    for email in (INGRID, JONAS, KARI):
        set_relay(table, load_company(table, company.id), email, RelaySettings(name="R"))
    company = load_company(table, company.id)
    wanted = RelaySettings(name="R", primary=True)
    slow = Overtaken(dynamodb, table_name, lambda: set_relay(table, company, KARI, wanted), loose=loose)

    set_relay(slow, company, JONAS, wanted)

    assert primary_relays(table, company) == primary


@pytest.mark.parametrize(("loose", "primary"), [(False, [INGRID]), (True, [])])
def test_a_primary_relay_does_not_go_while_another_comes_or_without_the_guard_he_does(
    dynamodb: Any, table_name: str, table: DynamoTable, loose: bool, primary: list[str]
) -> None:
    company = a_company(table)
    set_relay(table, company, INGRID, RelaySettings(name="Ingrid"))
    company = load_company(table, company.id)
    comes = RelaySettings(name="Jonas")
    slow = Overtaken(dynamodb, table_name, lambda: set_relay(table, company, JONAS, comes), loose=loose)

    if loose:
        remove_relay(slow, company, INGRID)
    else:
        with pytest.raises(PrimaryRelay):
            remove_relay(slow, company, INGRID)

    assert primary_relays(table, company) == primary
