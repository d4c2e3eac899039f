"""Switches of companies: what the deployment says for all, and an organizer for one of his."""

from typing import Any

import pytest

from admit.aws.settings import Settings, Workshop
from admit.aws.table import DynamoTable
from admit.errors import AddressBookOff, DistributionOff
from admit.people.switches import Switches, TakeBack, require_address_book, require_distribution, switches_of
from local.template import load
from tests.engine.api import Api
from tests.engine.partners import INGRID, Json, Partners, partners

ON = {
    "address_book_enabled": True,
    "distribution_enabled": True,
    "take_back": "relay_and_public",
    "take_back_downloaded": "relay_and_public",
}
OFF = {
    "address_book_enabled": False,
    "distribution_enabled": False,
    "take_back": "off",
    "take_back_downloaded": "off",
}


@pytest.fixture
def stage(api: Api, table: DynamoTable) -> Partners:
    return partners(api, table)


def deploy(stage: Partners, **switches: Any) -> None:
    """Let the deployment say so for all companies."""
    vars(stage.api.shop)["switches"] = Switches(**(ON | switches))


def effective(stage: Partners, company_id: str) -> Json:
    company = stage.done("GET", f"{stage.organizer}/companies/{company_id}")
    return dict(company["effective"])


def change(stage: Partners, company_id: str, **switches: Any) -> Any:
    return stage.send("PATCH", f"{stage.organizer}/companies/{company_id}", switches)


# --- what holds -------------------------------------------------------------------------------------------


def test_a_company_of_which_nothing_is_said_has_what_the_deployment_says(stage: Partners) -> None:
    company_id = stage.company("Polar Systems", INGRID)
    company = stage.done("GET", f"{stage.organizer}/companies/{company_id}")
    assert {name: company[name] for name in ON} == dict.fromkeys(ON)
    assert company["effective"] == ON

    deploy(stage, **OFF)

    assert effective(stage, company_id) == OFF
    [listed] = stage.done("GET", f"{stage.organizer}/companies")["items"]
    assert listed["effective"] == OFF
    [acts_for] = [
        one
        for one in stage.done("GET", "/distribution/companies", as_=INGRID)["items"]
        if one["id"] == company_id
    ]
    assert acts_for["enabled"] == OFF


@pytest.mark.parametrize(("deployed", "own"), [(ON, OFF), (OFF, ON)])
def test_a_company_may_have_otherwise_than_the_deployment_and_go_back(
    stage: Partners, deployed: Json, own: Json
) -> None:
    deploy(stage, **deployed)
    company_id = stage.company(**own)
    assert effective(stage, company_id) == own

    assert change(stage, company_id, **dict.fromkeys(own)).status == 200

    assert effective(stage, company_id) == deployed


@pytest.mark.parametrize(
    ("own", "deployed", "name", "holds"),
    [
        ({"address_book_enabled": False}, {}, "distribution_enabled", False),
        ({}, {"address_book_enabled": False}, "distribution_enabled", False),
        ({"take_back": "relay"}, {}, "take_back_downloaded", "relay"),
        ({"take_back": "off"}, {}, "take_back_downloaded", "off"),
        ({"take_back_downloaded": "relay"}, {}, "take_back_downloaded", "relay"),
        ({"take_back_downloaded": "relay"}, {}, "take_back", "relay_and_public"),
        ({"take_back": "relay_and_public"}, {"take_back_downloaded": "off"}, "take_back_downloaded", "off"),
    ],
)
def test_what_the_deployment_says_yields_where_it_cannot_hold(
    stage: Partners, own: Json, deployed: Json, name: str, holds: object
) -> None:
    company_id = stage.company(**own)

    deploy(stage, **deployed)

    assert effective(stage, company_id)[name] == holds


def test_nobody_is_a_company_and_has_what_the_deployment_says() -> None:
    deployment = Switches(take_back=TakeBack.RELAY)

    assert switches_of(None, deployment).take_back_downloaded is TakeBack.RELAY


def test_what_is_deployed_comes_from_the_parameters_of_the_template() -> None:
    template = load()
    names = {name.replace("_", ""): name for name in ON}
    parameters = {
        names[name.lower()]: parameter
        for name, parameter in template["Parameters"].items()
        if name.lower() in names
    }
    defaults = {name: parameter["Default"] for name, parameter in parameters.items()}
    assert Workshop(Settings.model_validate({"table_name": "given"} | defaults)).switches == Switches()
    assert Switches() == Switches(**ON)
    for name in ("take_back", "take_back_downloaded"):
        assert parameters[name]["AllowedValues"] == [right.value for right in TakeBack]
    environments = [
        one["Properties"]["Environment"]["Variables"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    ]
    given = {tuple(sorted({name.upper() for name in ON} & one.keys())) for one in environments}
    assert given == {(), tuple(sorted(name.upper() for name in ON))}
    off = {"table_name": "given", "address_book_enabled": "false", "take_back": "off"}
    assert Workshop(Settings.model_validate(off)).switches.address_book_enabled is False


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("present", "asked", "deployed", "field"),
    [
        ({}, {"distribution_enabled": True}, {"address_book_enabled": False}, "distribution_enabled"),
        ({"address_book_enabled": False}, {"distribution_enabled": True}, {}, "distribution_enabled"),
        ({"distribution_enabled": True}, {"address_book_enabled": False}, {}, "distribution_enabled"),
        ({}, {"address_book_enabled": False, "distribution_enabled": True}, {}, "distribution_enabled"),
        ({"take_back": "relay"}, {"take_back_downloaded": "relay_and_public"}, {}, "take_back_downloaded"),
        ({"take_back_downloaded": "relay"}, {"take_back": "off"}, {}, "take_back_downloaded"),
        ({}, {"take_back_downloaded": "relay"}, {"take_back": "off"}, "take_back_downloaded"),
        ({}, {"take_back": "sometimes"}, {}, "take_back"),
        ({}, {"address_book_enabled": "yes"}, {}, "address_book_enabled"),
    ],
)
def test_switches_that_cannot_hold_together_are_refused_by_name(
    stage: Partners, present: Json, asked: Json, deployed: Json, field: str
) -> None:
    company_id = stage.company(**present)
    deploy(stage, **deployed)
    before = stage.done("GET", f"{stage.organizer}/companies/{company_id}")

    refused = change(stage, company_id, **asked)

    assert refused.status == 422
    assert [fault["field"] for fault in refused.body["errors"]] == [field]
    assert stage.done("GET", f"{stage.organizer}/companies/{company_id}") == before
    made = stage.send("POST", f"{stage.organizer}/companies", {"name": "Fjord"} | present | asked)
    assert (made.status, made.body["errors"][0]["field"]) == (422, field)


def test_the_reason_names_the_address_book(stage: Partners) -> None:
    company_id = stage.company(address_book_enabled=False)

    refused = change(stage, company_id, distribution_enabled=True)

    [fault] = refused.body["errors"]
    assert fault["message"] == (
        "is on and needs the address book, which is off: set address_book_enabled, or turn this off"
    )


def test_the_portal_and_the_book_may_be_turned_on_and_off_together(stage: Partners) -> None:
    company_id = stage.company()

    off = change(stage, company_id, address_book_enabled=False, distribution_enabled=False)
    assert off.status == 200
    on = change(stage, company_id, address_book_enabled=True, distribution_enabled=True)
    assert on.body["effective"] == ON


def test_a_change_of_something_else_is_no_matter_of_switches(stage: Partners) -> None:
    company_id = stage.company(distribution_enabled=True)
    deploy(stage, address_book_enabled=False)

    assert change(stage, company_id, name="Polar Systems AS").status == 200


# --- what is asked for ------------------------------------------------------------------------------------


def test_who_needs_a_book_or_the_portal_is_told_which_of_them_is_missing() -> None:
    with pytest.raises(AddressBookOff):
        require_address_book(Switches(address_book_enabled=False))
    with pytest.raises(DistributionOff, match="needs the address book"):
        require_distribution(Switches(address_book_enabled=False))
    with pytest.raises(DistributionOff) as off:
        require_distribution(Switches(distribution_enabled=False))
    assert off.value.detail == DistributionOff.sentence
    require_address_book(Switches())
    require_distribution(Switches())
