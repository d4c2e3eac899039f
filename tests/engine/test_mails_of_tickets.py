"""Mails about tickets, from real changes over the API: each fact once, however often its news comes."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.mail.mails import LostLinks, Mail
from admit.store import Delete, Item, Key, Put, Update, Write
from tests.builders import NOW, later
from tests.engine.api import FOUNDER
from tests.engine.hands import FREE_TIER, a_holder, bought, given, worked_off
from tests.engine.stream import a_record
from tests.engine.till import Json, Opened, Till, tills

KARI, OLA, EVA = "kari@home.example", "ola@polar.example", "eva@polar.example"
KINDS = {"order", "ticket", "transfer"}


class Streaming(DynamoTable):
    """The same table, which keeps a stream record of each change that people may be told of."""

    def __init__(self, table: DynamoTable) -> None:
        super().__init__(table._client, table._name)
        self.records: list[Json] = []

    def write(self, write: Put | Update | Delete) -> Item:
        before = self.get(write.key)
        after = super().write(write)
        self._note(before, write.key)
        return after

    def transact(self, writes: Sequence[Write]) -> None:
        before = [self.get(write.key) for write in writes]
        super().transact(writes)
        for image, write in zip(before, writes, strict=True):
            self._note(image, write.key)

    def _note(self, before: Item | None, key: Key) -> None:
        after = self.get(key)
        if after is not None and after != before and after["kind"] in KINDS:
            self.records.append(a_record(before, after))


class Postman:
    def __init__(self) -> None:
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.sent.append(mail)


class Post:
    """A till whose mails are read: all its news come twice, and so does what they ask for."""

    def __init__(self, till: Till, table: Streaming) -> None:
        self.till = till
        self._table = table
        self._postman = Postman()
        vars(till.api.shop)["postman"] = self._postman

    def mails(self) -> list[Mail]:
        """Return the mails that were sent since."""
        api, records = self.till.api, self._table.records[:]
        self._table.records.clear()
        for _ in range(2):
            assert api.invoke("project", {"Records": records}) == {"batchItemFailures": []}
        messages = [
            {"messageId": str(at), "body": request.model_dump_json()} for at, request in enumerate(api.mails)
        ]
        api.mails.clear()
        assert api.invoke("notify", {"Records": messages}) == {"batchItemFailures": []}
        sent, self._postman.sent = self._postman.sent, []
        return sent

    def told(self) -> list[tuple[str, str]]:
        """Return to whom which mails were sent since, by their subjects without the event's title."""
        return [(mail.to, mail.subject.replace("Northern Lights Conference", "NLC")) for mail in self.mails()]


@pytest.fixture
def posts(table: DynamoTable) -> Iterator[Any]:
    streaming = Streaming(table)
    with tills(streaming) as opens:
        yield lambda **event: _opened(opens, streaming, event)


def _opened(opens: Opened, streaming: Streaming, event: Json) -> Post:
    return Post(opens(FREE_TIER, **event), streaming)


@pytest.fixture
def post(posts: Any) -> Post:
    opened: Post = posts()
    return opened


def passed_on(post: Post, order: Json, as_: str = KARI) -> str:
    """Offer a ticket to Eva; return the code of the offer."""
    path = f"/me/tickets/{order['id']}-1/transfer"
    answer = post.till.api.post(path, {"email": EVA, "note": "Have fun!"}, as_=as_)
    assert answer.status == 201, answer.text
    return str(answer.body["code"])


def test_a_ticket_that_goes_from_hand_to_hand_is_told_to_each_of_them_once(post: Post) -> None:
    order = bought(post.till)
    assert post.told() == [(KARI, "Your tickets for NLC")]

    given(post.till, order)
    assert post.told() == [(OLA, "Your ticket for NLC")]
    given(post.till, order)
    assert post.told() == []

    given(post.till, order, name="Eva Else")
    assert sorted(post.told()) == [
        (EVA, "Your ticket for NLC"),
        (OLA, "Your ticket for NLC is no longer yours"),
    ]

    path = f"/public/orders/{order['id']}/tickets/1/holder"
    assert post.till.api.delete(path, key=order["key"]).status == 200
    assert post.told() == [(EVA, "Your ticket for NLC is no longer yours")]


def test_who_gave_a_ticket_back_and_forth_meanwhile_reads_of_what_is(post: Post) -> None:
    order = bought(post.till)
    given(post.till, order)
    post.told()
    given(post.till, order, name="Eva Else")
    given(post.till, order)
    assert post.told() == [
        (OLA, "Your ticket for NLC"),
        (EVA, "Your ticket for NLC is no longer yours"),
    ]


def test_an_offer_is_told_from_its_beginning_to_its_end(post: Post) -> None:
    order = bought(post.till)
    given(post.till, order, name="Kari Nordmann", email=KARI)
    post.told()

    code = passed_on(post, order)
    offered, sent = sorted(post.mails(), key=lambda mail: mail.to)
    assert (offered.to, offered.subject[:22]) == (EVA, "Kari Nordmann offers y")
    assert post.till.api.links.transfer_page(code) in offered.text
    assert sent.to == KARI

    post.till.api.post(f"/me/transfers/{code}/accept", {"name": "Eva Else"}, as_=EVA)
    assert sorted(post.told()) == [
        (EVA, "Your ticket for NLC"),
        (KARI, f"{EVA} has accepted your ticket for NLC"),
    ]


def test_an_owner_who_passes_a_ticket_on_tells_who_had_it(post: Post) -> None:
    order = bought(post.till)
    given(post.till, order)
    code = passed_on(post, order)
    post.told()
    post.till.api.post(f"/me/transfers/{code}/accept", {"name": "Eva Else"}, as_=EVA)
    assert sorted(post.told()) == [
        (EVA, "Your ticket for NLC"),
        (KARI, f"{EVA} has accepted your ticket for NLC"),
        (OLA, "Your ticket for NLC is no longer yours"),
    ]


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ("declined", [(KARI, f"{EVA} has declined your ticket for NLC")]),
        ("withdrawn", [(EVA, "A ticket for NLC is not offered to you any more")]),
        ("expired", [(KARI, f"{EVA} has not accepted your ticket for NLC")]),
        ("given meanwhile", [(EVA, "A ticket for NLC is not offered to you any more")]),
    ],
)
def test_an_offer_that_comes_to_nothing_is_told_to_the_other_side(
    post: Post, ends: str, told: list[tuple[str, str]]
) -> None:
    order, api = bought(post.till), post.till.api
    code = passed_on(post, order)
    post.told()
    match ends:
        case "declined":
            api.post(f"/me/transfers/{code}/decline", {}, as_=EVA)
        case "withdrawn":
            api.delete(f"/me/tickets/{order['id']}-1/transfer", as_=KARI)
        case "expired":
            api.now = later(72 * 60 + 1)
            api.sweep()
        case _:
            api.delete(f"/public/orders/{order['id']}/tickets/1/holder", key=order["key"])
    assert post.told() == told


@pytest.mark.parametrize(("ends", "told"), [("declined", "has declined"), ("expired", "has not accepted")])
def test_news_of_an_offer_show_no_ticket_to_who_has_lost_it_meanwhile(
    post: Post, ends: str, told: str
) -> None:
    order, api = bought(post.till), post.till.api
    given(post.till, order)
    code = passed_on(post, order, as_=OLA)
    post.told()
    if ends == "declined":
        api.post(f"/me/transfers/{code}/decline", {}, as_=EVA)
    else:
        api.now = later(72 * 60 + 1)
    given(post.till, order, name="Nina New")

    mails = post.mails()

    page = f"/tickets/{order['id']}-1#key="
    assert sorted((mail.to, page in mail.text) for mail in mails) == [
        ("nina@polar.example", True),
        (OLA, False),
        (OLA, False),
    ]
    assert [mail.subject for mail in mails if told in mail.subject] == [
        f"{EVA} {told} your ticket for Northern Lights Conference"
    ]


def test_a_ticket_that_was_claimed_is_mailed_to_who_has_claimed_it(post: Post) -> None:
    order, api = bought(post.till, 2), post.till.api
    post.told()
    tickets = [f"{order['id']}-1", f"{order['id']}-2"]
    link = api.post(f"/public/orders/{order['id']}/claim-links", {"tickets": tickets}, key=order["key"]).body
    path, _, key = link["url"].partition("#key=")
    answer = api.post(f"/public/claims/{path.rpartition('/')[2]}", a_holder(), key=key)
    assert answer.status == 201, answer.text
    [mail] = post.mails()
    assert mail.to == OLA
    assert "Here is the ticket that you asked for." in mail.text


def test_an_event_that_moves_is_told_to_holders_and_once_to_the_buyer(post: Post) -> None:
    order = bought(post.till, 3)
    given(post.till, order)
    post.told()
    patch = {"starts_at": "2027-07-03T07:00:00Z", "ends_at": "2027-07-04T15:00:00Z"}
    assert post.till.api.patch(post.till.path, patch, as_=FOUNDER).status == 200
    worked_off(post.till, "event_change")
    mails = sorted(post.mails())
    assert [(mail.to, mail.subject) for mail in mails] == [
        (KARI, "Northern Lights Conference: new date or place"),
        (OLA, "Northern Lights Conference: new date or place"),
    ]
    assert all("When: 3 July 2027, 09:00 to 4 July 2027, 17:00" in mail.text for mail in mails)


def test_names_that_are_missing_are_asked_for_before_the_event(post: Post) -> None:
    order = bought(post.till, 2)
    given(post.till, order)
    post.told()
    post.till.api.now = later(85 * 24 * 60)
    post.till.api.sweep()
    assert post.told() == [(KARI, "Who is coming to NLC?")]


def test_a_cancelled_event_is_told_to_its_buyer_and_to_each_holder(post: Post) -> None:
    order = bought(post.till)
    given(post.till, order)
    post.told()
    assert post.till.api.post(f"{post.till.path}/cancel", as_=FOUNDER).status == 200
    worked_off(post.till, "cancel_event")
    assert sorted(post.told()) == [
        (KARI, f"Your order {order['code']} for NLC is cancelled"),
        (OLA, "NLC is cancelled"),
    ]


def test_an_event_mails_in_its_own_words_and_language(posts: Any) -> None:
    post: Post = posts(language="de")
    api, path = post.till.api, f"{post.till.path}/mail-texts/ticket_assigned/de"
    wording = {"subject": "Hereinspaziert, {name}!", "text": "{greeting}\n\n{details}\n\n{link}"}
    assert api.put(path, wording, as_=FOUNDER).status == 200
    order = bought(post.till)
    given(post.till, order)
    assert post.told() == [(KARI, "Ihre Tickets für NLC"), (OLA, "Hereinspaziert, Ola Nordmann!")]


def test_who_has_lost_his_links_gets_those_to_what_is_still_to_come(posts: Any) -> None:
    post: Post = posts()
    over: Post = posts(starts_at="2027-03-01T13:00:00Z", ends_at="2027-03-01T14:00:00Z")
    held, gone = bought(post.till, email=EVA), bought(over.till)
    order, ended = bought(post.till), bought(post.till)
    given(post.till, held, email=KARI)
    given(over.till, gone, email=KARI)
    assert post.till.api.post(f"/public/orders/{ended['id']}/cancel", {}, key=ended["key"]).status in (
        200,
        409,
    )
    over.told()

    now = later(180)
    over.till.api.now = now
    asked = LostLinks(email="Kari@Home.Example", asked_at=now)
    over.till.api.shop.mail_queue.send([asked, asked])
    [mail] = over.mails()

    links = post.till.api.links
    assert mail.to == KARI
    assert f"/tickets/{held['id']}-1#key=" in mail.text
    assert links.order_page(order["id"]) in mail.text
    assert gone["id"] not in mail.text
    over.till.api.shop.mail_queue.send([LostLinks(email="nobody@home.example", asked_at=NOW)])
    assert over.mails() == []


def test_marks_stay_beside_their_order(post: Post) -> None:
    order = bought(post.till)
    given(post.till, order)
    given(post.till, order, name="Eva Else")
    post.told()
    marks = post.till.table.query(keys.order(order["id"]).pk, "MAIL#")
    assert [mark["sk"] for mark in marks] == [
        "MAIL#ticket_assigned#1-2",
        "MAIL#ticket_taken_back#1-2",
        "MAIL#tickets_ready#0-0",
    ]
