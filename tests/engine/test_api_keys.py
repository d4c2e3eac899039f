"""API keys: what each role opens, for which events, until when; and that only a hash of a secret is kept."""

from datetime import timedelta
from typing import Any

import pytest

from admit import keys
from admit.aws.authorizer import Unauthorized
from admit.aws.table import DynamoTable
from admit.people.account import Member, Role
from admit.people.api_key import load_api_key, note_use, revoke_api_key
from admit.store import Delete, Item, Put, Update
from tests.builders import NOW
from tests.engine.api import FOUNDER, Answer, Api
from tests.engine.partners import INGRID, Partners, partners
from tests.engine.unguarded import Meanwhile, Unguarded

type Json = dict[str, Any]

MANAGER, STRANGER = "manager@polar.example", "stranger@elsewhere.example"


@pytest.fixture
def stage(api: Api, table: DynamoTable) -> Partners:
    return partners(api, table)


def make(stage: Partners, **fields: Any) -> Json:
    body = {"label": "Ledger", "role": "manager"} | fields
    return dict(stage.done("POST", f"{stage.organizer}/api-keys", body))


def secret(stage: Partners, **fields: Any) -> str:
    return str(make(stage, **fields)["secret"])


def get(stage: Partners, path: str, key: str) -> Answer:
    return stage.api.get(path, as_=key)


def organizer_id(stage: Partners) -> str:
    return stage.organizer.rpartition("/")[2]


# --- to make and to end them ------------------------------------------------------------------------------


def test_a_secret_is_shown_once_and_only_its_hash_is_kept(stage: Partners) -> None:
    made = make(stage, role="finance", expires_at="2027-12-31T00:00:00Z")
    listed = stage.done("GET", f"{stage.organizer}/api-keys")["items"]

    assert listed == [{name: value for name, value in made.items() if name != "secret"}]
    assert (made["created_by"], made["last_used_on"], made["event_ids"]) == (FOUNDER, None, None)
    begins, key_id, random = made["secret"].split("_")
    assert (begins, key_id, len(random)) == ("admit", made["id"], 64)
    stored = stage.table.get(keys.api_key(made["id"]))
    assert stored is not None
    assert random not in str(stored)


def test_keys_are_listed_newest_first_page_by_page(stage: Partners, api: Api) -> None:
    for label in ("First", "Second", "Third"):
        make(stage, label=label)
        api.now += timedelta(minutes=1)
    path, query = f"{stage.organizer}/api-keys", {"limit": "2"}
    page = stage.done("GET", path, query=query)
    rest = stage.done("GET", path, query=query | {"cursor": page["cursor"]})
    assert [key["label"] for key in page["items"]] == ["Third", "Second"]
    assert [key["label"] for key in rest["items"]] == ["First"]


def test_no_two_secrets_are_alike(stage: Partners) -> None:
    assert len({secret(stage)[-64:] for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"role": "chief"}, "role"),
        ({"label": ""}, "label"),
        ({"event_ids": []}, "event_ids"),
        ({"event_ids": ["of-nobody"]}, "event_ids[0]"),
        ({"expires_at": "2027-03-01T12:00:00Z"}, "expires_at"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_what_a_key_can_not_be_is_refused_by_its_field(stage: Partners, fields: Json, field: str) -> None:
    body = {"label": "Ledger", "role": "manager"} | fields
    answer = stage.send("POST", f"{stage.organizer}/api-keys", body)
    assert (answer.status, [fault["field"] for fault in answer.body["errors"]]) == (422, [field])


def test_a_key_of_another_accounts_event_is_not_made(stage: Partners, api: Api) -> None:
    other = partners(api, stage.table)
    body = {"label": "Ledger", "role": "door", "event_ids": [stage.event_id, other.event_id]}
    answer = stage.send("POST", f"{stage.organizer}/api-keys", body)
    assert [fault["field"] for fault in answer.body["errors"]] == ["event_ids[1]"]


def test_a_key_that_is_revoked_is_refused_with_the_next_request_also_where_it_is_still_known(
    stage: Partners, api: Api
) -> None:
    made = make(stage)
    assert get(stage, stage.event, made["secret"]).status == 200
    caller = authorized(api, made["secret"])
    assert stage.send("DELETE", f"{stage.organizer}/api-keys/{made['id']}").status == 204

    assert get(stage, stage.event, made["secret"]).code == "unauthenticated"
    assert from_memory(api, stage.event, caller)["statusCode"] == 401
    assert stage.send("DELETE", f"{stage.organizer}/api-keys/{made['id']}").code == "not_found"
    assert stage.done("GET", f"{stage.organizer}/api-keys")["items"] == []


def test_a_key_past_its_end_is_refused_also_where_it_is_still_known(stage: Partners, api: Api) -> None:
    made = make(stage, expires_at="2027-03-01T13:00:00Z")
    caller = authorized(api, made["secret"])
    assert from_memory(api, stage.event, caller)["statusCode"] == 200
    api.now = NOW + timedelta(hours=1)
    assert get(stage, stage.event, made["secret"]).code == "unauthenticated"
    assert from_memory(api, stage.event, caller)["statusCode"] == 401


def test_a_sign_in_that_has_ended_is_refused_also_where_it_is_still_known(stage: Partners, api: Api) -> None:
    caller = authorized(api, FOUNDER)
    assert from_memory(api, stage.event, caller)["statusCode"] == 200
    api.now = NOW + timedelta(hours=1)
    assert from_memory(api, stage.event, caller)["statusCode"] == 401


def authorized(api: Api, sent: str) -> Json:
    """Return what API Gateway keeps of a caller."""
    arn = "arn:aws:execute-api:eu-north-1:000000000000:api/prod/GET/organizer"
    event = {"type": "TOKEN", "authorizationToken": f"Bearer {sent}", "methodArn": arn}
    return dict(api.invoke("authorize", event)["context"])


def from_memory(api: Api, path: str, caller: Json) -> Json:
    """Ask for an event by what API Gateway has kept of a caller."""
    organizer, event = path.split("/")[2], path.split("/")[4]
    route = "/organizer/{organizer_id}/events/{event_id}"
    return api.invoke(
        "catalog",
        {
            "resource": route,
            "path": path,
            "httpMethod": "GET",
            "headers": {},
            "multiValueHeaders": {},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": {"organizer_id": organizer, "event_id": event},
            "requestContext": {"requestId": "r", "path": f"/prod{path}", "authorizer": caller},
            "body": None,
            "isBase64Encoded": False,
        },
    )


def test_another_account_ends_no_key(stage: Partners, api: Api) -> None:
    other, made = partners(api, stage.table), make(stage)
    assert stage.send("DELETE", f"{other.organizer}/api-keys/{made['id']}").code == "not_found"
    assert get(stage, stage.event, made["secret"]).status == 200


def test_a_key_that_is_revoked_while_the_account_changes_is_revoked(
    stage: Partners, table: DynamoTable
) -> None:
    made = make(stage)

    def rename() -> None:
        stage.done("PATCH", stage.organizer, {"name": "Renamed"})

    revoke_api_key(Meanwhile(table, rename, "ORGANIZER#"), organizer_id(stage), made["id"])
    assert table.get(keys.api_key(made["id"])) is None
    assert stage.done("GET", stage.organizer)["name"] == "Renamed"


# --- what they open ---------------------------------------------------------------------------------------


def test_a_key_that_is_wrong_by_a_letter_opens_nothing(stage: Partners, api: Api) -> None:
    sent = secret(stage)
    wrong = [
        sent[:-1] + ("0" if sent[-1] != "0" else "1"),
        sent[:-1],
        sent.rpartition("_")[0] + "_",
        "admit_",
        "admit__",
        f"admit_{'a' * 16}_{'0' * 64}",
        sent.replace("admit_", "", 1),
    ]
    assert {get(stage, stage.event, one).code for one in wrong} == {"unauthenticated"}
    for header in (f"Basic {sent}", sent, f"Bearer  {sent} x"):
        with pytest.raises(Unauthorized):
            api.invoke("authorize", {"authorizationToken": header, "methodArn": "a/b/c"})


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        ("manager", {"events", "companies", "orders"}),
        ("finance", {"events", "companies", "orders"}),
        ("door", {"events"}),
    ],
)
def test_a_key_opens_what_its_role_opens(stage: Partners, role: str, opens: set[str]) -> None:
    sent = secret(stage, role=role)
    asked = {
        "events": f"{stage.organizer}/events",
        "companies": f"{stage.organizer}/companies",
        "orders": f"{stage.event}/orders",
    }
    found = {name: get(stage, path, sent).status for name, path in asked.items()}
    assert found == {name: 200 if name in opens else 403 for name in asked}


def test_no_key_gets_at_members_or_keys(stage: Partners, api: Api) -> None:
    made = make(stage)
    sent, account = made["secret"], stage.organizer
    answers = [
        api.get(f"{account}/members", as_=sent),
        api.put(f"{account}/members/{STRANGER}", {"role": "owner"}, as_=sent),
        api.delete(f"{account}/members/{FOUNDER}", as_=sent),
        api.get(f"{account}/api-keys", as_=sent),
        api.post(f"{account}/api-keys", {"label": "More", "role": "manager"}, as_=sent),
        api.delete(f"{account}/api-keys/{made['id']}", as_=sent),
        api.patch(account, {"seller": {"name": "Me", "iban": "NO9386011117947"}}, as_=sent),
    ]
    assert {(answer.status, answer.code) for answer in answers} == {(403, "forbidden")}


def test_no_key_says_where_invoices_are_paid(stage: Partners, api: Api) -> None:
    sent = secret(stage)
    seller = {"name": "Polar AS", "iban": "NO9386011117947"}
    stage.done("PATCH", stage.event, {"seller": seller})
    settings = {
        "title": "Another",
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "starts_at": "2027-06-03T07:00:00Z",
        "ends_at": "2027-06-04T15:00:00Z",
        "slug": "elsewhere",
    }
    elsewhere = {"name": "Me", "iban": "DE89370400440532013000"}

    answers = [
        api.patch(stage.event, {"seller": elsewhere}, as_=sent),
        api.patch(stage.event, {"seller": None}, as_=sent),
        api.post(f"{stage.organizer}/events", settings | {"seller": elsewhere}, as_=sent),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(403, "forbidden")}
    renamed = {"seller": seller | {"name": "Polar Group"}, "title": "Renamed"}
    assert api.patch(stage.event, renamed, as_=sent).status == 200
    assert api.post(f"{stage.organizer}/events", settings, as_=sent).status == 201
    assert stage.done("PATCH", stage.event, {"seller": elsewhere})["seller"]["iban"] == elsewhere["iban"]


def test_a_key_of_one_event_finds_no_other_and_nothing_of_the_account(stage: Partners, api: Api) -> None:
    second = stage.done(
        "POST", f"{stage.event}/copy", {"slug": "sister", "starts_at": "2028-06-03T07:00:00Z"}
    )
    sister = f"{stage.organizer}/events/{second['id']}"
    sent = secret(stage, event_ids=[stage.event_id])

    assert get(stage, stage.event, sent).status == 200
    assert get(stage, f"{stage.event}/orders", sent).status == 200
    for path in (sister, f"{sister}/orders", f"{sister}/summary", f"{stage.organizer}/events/of-nobody"):
        assert get(stage, path, sent).code == "not_found"
    for path in ("", "/events", "/companies", "/views", "/bank-lines"):
        assert get(stage, f"{stage.organizer}{path}", sent).code == "forbidden"
    log = {"event": stage.event_id}
    assert api.get(f"{stage.organizer}/log", as_=sent, query=log).status == 200
    assert api.get(f"{stage.organizer}/log", as_=sent).code == "forbidden"


def test_a_key_is_a_stranger_to_another_account_and_to_everything_else(stage: Partners, api: Api) -> None:
    other, sent = partners(api, stage.table), secret(stage)
    for path in (other.event, f"{other.event}/orders", other.organizer):
        assert get(stage, path, sent).code == "not_found"
    for path in ("/me/tickets", "/me/orders", "/distribution/companies", "/organizer"):
        assert get(stage, path, sent).code == "unauthenticated"
    assert api.post("/organizer", {"name": "Mine"}, as_=sent).code == "unauthenticated"


def test_a_timeline_names_the_key_that_has_acted(stage: Partners, api: Api) -> None:
    made = make(stage, label="CRM")
    order = stage.placed(payment_method="invoice", billing={"company": "Polar"})
    note = api.post(f"{stage.event}/orders/{order}/settle", {"note": "seen"}, as_=made["secret"])
    assert note.status == 200, note.text
    actors = {moment["actor"] for moment in note.body["timeline"]}
    assert f"API key CRM ({made['id']})" in actors


# --- when it was last used --------------------------------------------------------------------------------


class Counted(DynamoTable):
    def __init__(self, table: DynamoTable) -> None:
        super().__init__(table._client, table._name)
        self.written = 0

    def write(self, write: Put | Update | Delete) -> Item:
        self.written += 1
        return super().write(write)


def test_the_day_of_the_last_use_costs_a_write_a_day(stage: Partners, table: DynamoTable) -> None:
    counted, key_id = Counted(table), make(stage)["id"]
    for hours in (0, 1, 11, 12, 13):
        at = NOW + timedelta(hours=hours)
        note_use(counted, load_api_key(counted, key_id, at), at)
    assert counted.written == 2
    [listed] = stage.done("GET", f"{stage.organizer}/api-keys")["items"]
    assert listed["last_used_on"] == "2027-03-02"


def test_noting_a_use_does_not_bring_a_revoked_key_back(stage: Partners, table: DynamoTable) -> None:
    made = make(stage)
    key = load_api_key(table, made["id"], NOW)
    stage.done("DELETE", f"{stage.organizer}/api-keys/{made['id']}")
    note_use(table, key, NOW)
    assert table.get(keys.api_key(made["id"])) is None
    note_use(Unguarded(table, "APIKEY#"), key, NOW)
    assert table.get(keys.api_key(made["id"])) is not None


def test_who_is_no_owner_has_nothing_to_do_with_keys(stage: Partners) -> None:
    member = Member(organizer_id=organizer_id(stage), email=MANAGER, role=Role.MANAGER)
    stage.table.write(member.put())
    path, body = f"{stage.organizer}/api-keys", {"label": "Ledger", "role": "door"}
    answers = [stage.send("GET", path, as_=MANAGER), stage.send("POST", path, body, as_=MANAGER)]
    assert {answer.code for answer in answers} == {"forbidden"}
    assert stage.send("GET", path, as_=INGRID).code == "not_found"
