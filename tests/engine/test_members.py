"""Members of an account: owners say who they are, and one owner stays whatever happens at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.errors import AdmitError, LastOwner
from admit.mail.write import write
from admit.people.account import Member, Role, load_organizer
from admit.people.edit_member import MOST_MEMBERS, MemberSettings, members_of, remove_member, set_member
from admit.people.saved_view import ViewSettings, save_view, views_of
from admit.store import Item, Key
from tests.builders import NOW
from tests.engine.api import FOUNDER, Answer, Api, serving
from tests.engine.partners import an_organizer
from tests.engine.streamed import Streamed, told
from tests.engine.unguarded import Meanwhile, Unguarded

KARI, OLA = "kari@polar.example", "ola@polar.example"


@pytest.fixture
def account(api: Api) -> str:
    return an_organizer(api)


def id_of(account: str) -> str:
    return account.rpartition("/")[2]


def name(api: Api, account: str, email: str, role: str, as_: str = FOUNDER) -> Answer:
    return api.put(f"{account}/members/{email}", {"role": role}, as_=as_)


def roles(table: DynamoTable, account: str) -> dict[str, Role]:
    return {member.email: member.role for member in members_of(table, id_of(account))}


def test_an_owner_takes_members_in_by_rank_and_off_again(api: Api, account: str) -> None:
    assert name(api, account, KARI, "door").status == 200
    assert name(api, account, OLA.upper(), "manager").body == {
        "email": OLA,
        "role": "manager",
        "name": None,
        "added_at": "2027-03-01T12:00:00.000Z",
        "added_by": FOUNDER,
    }

    listed = api.get(f"{account}/members", as_=FOUNDER).body["items"]
    assert [(one["email"], one["role"]) for one in listed] == [
        (FOUNDER, "owner"),
        (OLA, "manager"),
        (KARI, "door"),
    ]

    assert api.delete(f"{account}/members/{OLA}", as_=FOUNDER).status == 204
    assert api.get(f"{account}/events", as_=OLA).code == "not_found"
    assert api.delete(f"{account}/members/{OLA}", as_=FOUNDER).code == "not_found"


def test_a_new_role_holds_with_the_next_request(api: Api, account: str) -> None:
    name(api, account, KARI, "door")
    assert api.get(f"{account}/companies", as_=KARI).code == "forbidden"
    changed = name(api, account, KARI, "finance").body
    assert (changed["role"], changed["added_by"]) == ("finance", FOUNDER)
    assert api.get(f"{account}/companies", as_=KARI).status == 200


def test_a_name_stays_when_only_the_role_changes(api: Api, account: str) -> None:
    path = f"{account}/members/{KARI}"
    api.put(path, {"role": "door", "name": "Kari Nordmann"}, as_=FOUNDER)
    assert api.put(path, {"role": "manager"}, as_=FOUNDER).body["name"] == "Kari Nordmann"


@pytest.mark.parametrize("role", ["manager", "finance", "door"])
def test_only_owners_say_who_is_a_member_and_nobody_raises_himself(
    api: Api, account: str, table: DynamoTable, role: str
) -> None:
    name(api, account, KARI, role)
    before = roles(table, account)
    path = f"{account}/members"
    answers = [
        api.get(path, as_=KARI),
        name(api, account, KARI, "owner", as_=KARI),
        name(api, account, OLA, "door", as_=KARI),
        name(api, account, FOUNDER, "door", as_=KARI),
        api.delete(f"{path}/{FOUNDER}", as_=KARI),
        api.delete(f"{path}/{KARI}", as_=KARI),
    ]
    assert {(answer.status, answer.code) for answer in answers} == {(403, "forbidden")}
    assert roles(table, account) == before


def test_a_member_of_another_account_is_not_there(api: Api, account: str) -> None:
    other = an_organizer(api, "Southern Cross")
    name(api, other, KARI, "owner")
    assert api.get(f"{account}/members", as_=KARI).code == "not_found"
    assert name(api, account, KARI, "owner", as_=KARI).code == "not_found"
    assert api.delete(f"{account}/members/{KARI}", as_=FOUNDER).code == "not_found"


@pytest.mark.parametrize(
    ("email", "body", "field"),
    [
        ("kari", {"role": "door"}, "email"),
        ("a@b@polar.example", {"role": "door"}, "email"),
        (KARI, {"role": "chief"}, "role"),
        (KARI, {}, "role"),
        (KARI, {"role": "door", "name": "two\nlines"}, "name"),
    ],
)
def test_what_a_member_can_not_be_is_refused_by_its_field(
    api: Api, account: str, email: str, body: Any, field: str
) -> None:
    answer = api.put(f"{account}/members/{email}", body, as_=FOUNDER)
    assert (answer.status, [fault["field"] for fault in answer.body["errors"]]) == (422, [field])


def test_the_last_owner_stays_an_owner_and_a_member(api: Api, account: str, table: DynamoTable) -> None:
    refused = [
        name(api, account, FOUNDER, "manager"),
        api.delete(f"{account}/members/{FOUNDER}", as_=FOUNDER),
    ]
    assert {(answer.status, answer.code) for answer in refused} == {(409, "last_owner")}
    name(api, account, KARI, "owner")
    assert name(api, account, FOUNDER, "manager").status == 200
    assert roles(table, account) == {FOUNDER: Role.MANAGER, KARI: Role.OWNER}


def test_an_account_has_so_many_members_at_most(api: Api, account: str, table: DynamoTable) -> None:
    for number in range(MOST_MEMBERS - 1):
        member = Member(organizer_id=id_of(account), email=f"{number}@polar.example", role=Role.DOOR)
        table.write(member.put())
    assert name(api, account, KARI, "door").code == "conflict"
    assert name(api, account, "0@polar.example", "finance").status == 200


def test_who_leaves_takes_along_what_he_alone_sees(api: Api, account: str, table: DynamoTable) -> None:
    name(api, account, KARI, "manager")
    for view_id, by, shared in (("a", KARI, False), ("b", KARI, True), ("c", OLA, False)):
        settings = ViewSettings(label=view_id, query="", shared=shared)
        save_view(table, id_of(account), settings, view_id=view_id, by=by, now=NOW)
    api.delete(f"{account}/members/{KARI}", as_=FOUNDER)
    assert [view.id for view in views_of(table, id_of(account))] == ["b", "c"]


def test_the_same_change_again_writes_nothing(api: Api, account: str, table: DynamoTable) -> None:
    name(api, account, KARI, "door")
    revision = load_organizer(table, id_of(account)).revision
    name(api, account, KARI, "door")
    assert load_organizer(table, id_of(account)).revision == revision


def test_a_new_member_is_written_to_once_in_the_owners_language(table: DynamoTable) -> None:
    streamed = Streamed(table)
    with serving(streamed) as api:
        account = an_organizer(api)
        said = {"role": "door", "name": "Kari Nordmann"}
        path, in_german = f"{account}/members/{KARI}", {"Accept-Language": "de"}
        api.put(path, said, as_=FOUNDER, headers=in_german)
        api.put(path, {"role": "manager"}, as_=FOUNDER)
        told(streamed, lambda batch: api.invoke("project", {"Records": batch}), times=2)
        [request, again] = api.mails
        assert request.mark == again.mark

        mail = write(table, lambda _: pytest.fail("no event"), api.links, request, NOW)
        assert mail is not None
        assert (mail.to, mail.subject) == (KARI, "Sie gehören jetzt zu Northern Lights")
        assert "Kari Nordmann" in mail.text
        assert "https://site.example/work" in mail.text
        api.delete(path, as_=FOUNDER)
        assert write(table, lambda _: pytest.fail("no event"), api.links, request, NOW) is None


# --- two owners at once -----------------------------------------------------------------------------------


class Paired(DynamoTable):
    """A table whose two callers have both read the members before either writes."""

    def __init__(self, table: DynamoTable, meet: Barrier) -> None:
        super().__init__(table._client, table._name)
        self._meet: Barrier | None = meet

    def query(self, pk: str, sk_prefix: str = "") -> list[Item]:
        items = super().query(pk, sk_prefix)
        if self._meet is not None:
            meet, self._meet = self._meet, None
            meet.wait(timeout=10)
        return items


class PairedUnguarded(Paired, Unguarded):
    def __init__(self, table: DynamoTable, meet: Barrier) -> None:
        Unguarded.__init__(self, table, "ORGANIZER#")
        self._meet = meet


def demote_each_other(table: DynamoTable, account: str, kind: Callable[..., DynamoTable]) -> list[str]:
    """Let two owners make each other managers at once; return what became of it."""
    meet = Barrier(2)

    def demote(email: str, by: str) -> str:
        settings = MemberSettings(role=Role.MANAGER)
        try:
            set_member(kind(table, meet), id_of(account), email, settings, by=by, now=NOW)
        except AdmitError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as threads:
        return sorted(threads.map(demote, (FOUNDER, KARI), (KARI, FOUNDER)))


def test_two_owners_who_demote_each_other_leave_one(api: Api, account: str, table: DynamoTable) -> None:
    name(api, account, KARI, "owner")
    assert demote_each_other(table, account, Paired) == ["done", "last_owner"]
    assert sorted(roles(table, account).values()) == [Role.MANAGER, Role.OWNER]


def test_without_the_revision_of_the_account_two_owners_leave_none(
    api: Api, account: str, table: DynamoTable
) -> None:
    name(api, account, KARI, "owner")
    assert demote_each_other(table, account, PairedUnguarded) == ["done", "done"]
    assert set(roles(table, account).values()) == {Role.MANAGER}


def test_an_owner_who_is_taken_off_while_the_other_goes_is_the_last(
    api: Api, account: str, table: DynamoTable
) -> None:
    name(api, account, KARI, "owner")
    meanwhile = Meanwhile(table, lambda: remove_member(table, id_of(account), KARI), "ORGANIZER#")
    with pytest.raises(LastOwner):
        remove_member(meanwhile, id_of(account), FOUNDER)
    assert roles(table, account) == {FOUNDER: Role.OWNER}


# --- the account ------------------------------------------------------------------------------------------

SELLER = {"name": "Northern Lights AS", "address": "Storgata 1", "vat_id": "NO 987 654 321 MVA"}
PAID = SELLER | {"iban": "NO9386011117947", "bic": "DNBANOKK"}


def test_an_account_keeps_its_name_and_who_sells(api: Api, account: str) -> None:
    changed = api.patch(account, {"seller": PAID}, as_=FOUNDER)
    assert changed.status == 200
    assert (changed.body["name"], changed.body["seller"]) == ("Northern Lights", PAID)
    assert api.patch(account, {"name": "Northern"}, as_=FOUNDER).body == changed.body | {"name": "Northern"}
    assert api.get(account, as_=FOUNDER).body["seller"] == PAID
    assert api.patch(account, {"seller": None}, as_=FOUNDER).body["seller"] is None


def test_only_an_owner_says_where_the_money_goes(api: Api, account: str) -> None:
    name(api, account, KARI, "manager")
    assert api.patch(account, {"seller": SELLER}, as_=KARI).status == 200
    assert api.patch(account, {"seller": PAID}, as_=KARI).code == "forbidden"
    api.patch(account, {"seller": PAID}, as_=FOUNDER)
    for seller in (PAID | {"iban": "DE89370400440532013000"}, SELLER, None):
        assert api.patch(account, {"seller": seller}, as_=KARI).code == "forbidden"
    moved = api.patch(account, {"seller": PAID | {"address": "Storgata 2"}}, as_=KARI)
    assert moved.body["seller"]["address"] == "Storgata 2"


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"name": None}, "name"),
        ({"seller": PAID | {"iban": "NO9386011117948"}}, "seller.iban"),
        ({"seller": PAID | {"bic": "DNBAXXKK"}}, "seller.bic"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_an_account_can_not_be_is_refused_by_its_field(
    api: Api, account: str, patch: Any, field: str
) -> None:
    answer = api.patch(account, patch, as_=FOUNDER)
    assert (answer.status, [fault["field"] for fault in answer.body["errors"]]) == (422, [field])


@pytest.mark.parametrize("role", ["finance", "door"])
def test_others_read_an_account_and_change_nothing(api: Api, account: str, role: str) -> None:
    name(api, account, KARI, role)
    assert api.get(account, as_=KARI).status == 200
    assert api.patch(account, {"name": "Mine"}, as_=KARI).code == "forbidden"


def test_an_event_is_sold_by_the_account_unless_it_names_another(api: Api, account: str) -> None:
    api.patch(account, {"seller": PAID}, as_=FOUNDER)
    event = {
        "title": "Summit",
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "starts_at": "2027-06-03T07:00:00Z",
        "ends_at": "2027-06-04T15:00:00Z",
    }
    path, other = f"{account}/events", SELLER | {"name": "A Partner"}
    own = api.post(path, event | {"slug": "own-seller"}, as_=FOUNDER).body
    another = api.post(path, event | {"slug": "other-seller", "seller": other}, as_=FOUNDER).body
    api.patch(account, {"seller": SELLER}, as_=FOUNDER)
    assert api.get(f"{path}/{own['id']}", as_=FOUNDER).body["seller"] == PAID
    assert another["seller"]["name"] == "A Partner"


def test_what_two_say_of_an_account_at_once_both_holds(api: Api, account: str, table: DynamoTable) -> None:
    path = keys.organizer(id_of(account))

    def rename() -> None:
        api.patch(account, {"name": "Renamed"}, as_=FOUNDER)

    meanwhile = Meanwhile(table, rename, path.pk)
    settings = MemberSettings(role=Role.DOOR)
    set_member(meanwhile, id_of(account), KARI, settings, by=FOUNDER, now=NOW)
    assert table.get(Key(*path))["name"] == "Renamed"  # type: ignore[index]
    assert roles(table, account)[KARI] is Role.DOOR
