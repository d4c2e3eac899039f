"""The stream's second reader: what people read and are told is derived here, and may be derived again."""

from collections.abc import Iterator, Sequence
from typing import Any

from admit import clock
from admit.aws.settings import workshop
from admit.aws.stream import Record, handle_together
from admit.distribution.follow import changed_lines, follow
from admit.distribution.log import write_log
from admit.door.roster_head import DELTA_AFTER, TicketChange, asked_builds, note_changes
from admit.hooks.delivery import HookChange, note_facts
from admit.insight.account_log import SetUpChange, write_account_log
from admit.insight.order_list import ListedOrder, follow_orders
from admit.insight.scan_log import ScanRow, write_scans
from admit.insight.search import index_person
from admit.insight.summary import Change, apply
from admit.job import JobMessage
from admit.mail.facts import (
    mails_for_document,
    mails_for_line,
    mails_for_member,
    mails_for_order,
    mails_for_ticket,
    mails_for_transfer,
    mails_for_waiting,
)
from admit.mail.mails import MailRequest
from admit.model import Entity
from admit.orders.billing import BillingMessage, missing_document
from admit.orders.order import Order
from admit.orders.waiting import WaitingEntry
from admit.passes.devices import PassChanged, touched_passes
from admit.people.account import Member
from admit.people.person import Person
from admit.tickets.cart_line import Line
from admit.tickets.ticket import Ticket
from admit.tickets.transfer import Transfer


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_together(event, _project)


def _project(records: Sequence[Record]) -> None:
    """Queue mails, jobs and invoices first: each is done once however often it is queued. Marks come last."""
    workshop().mail_queue.send(list(_mails(records)))
    if jobs := list(_jobs(records)):
        workshop().job_queue.send(jobs)
    if billed := list(_billed(records)):
        workshop().billing_queue.send(billed)
    if workshop().settings.pass_queue_url and (touched := list(_touched(records))):
        workshop().pass_queue.send(touched)
    _tell_webhooks(records)
    _tell_of_carts(records)
    _log_scans(records)
    _tell_of_rosters(records)
    _log_accounts(records)
    apply(workshop().table, list(_changes(records)), clock.now())
    for record in records:
        if record.kind == "person" and record.after:
            before = Person.of(record.before) if record.before else None
            index_person(workshop().table, before, Person.of(record.after))
    _list_orders(records)


def _changes(records: Sequence[Record]) -> Iterator[Change]:
    for record in records:
        if record.kind == "order" and record.after:
            yield Change(record.id, *_images(Order, record))
        elif record.kind == "ticket" and record.after:
            yield Change(record.id, *_images(Ticket, record))
        elif record.kind == "listed_order" and record.after:
            yield Change(record.id, *_images(ListedOrder, record))
        elif record.kind == "stray_scan" and record.after:
            yield Change(record.id, None, ScanRow.of(record.after))


def _mails(records: Sequence[Record]) -> Iterator[MailRequest]:
    for record in records:
        if record.kind == "order" and record.after:
            yield from mails_for_order(*_images(Order, record))
        elif record.kind == "ticket" and record.after:
            yield from mails_for_ticket(*_images(Ticket, record))
        elif record.kind == "transfer" and record.after:
            yield from mails_for_transfer(*_images(Transfer, record))
        elif record.kind == "waiting" and record.after:
            yield from mails_for_waiting(WaitingEntry.of(record.after))
        elif record.kind == "document" and record.after:
            yield from mails_for_document(record.before, record.after)
        elif record.kind == "member" and record.after:
            yield from mails_for_member(record.before, Member.of(record.after))
        elif record.kind == "cart_line" and record.after:
            yield from mails_for_line(*_images(Line, record))


def _jobs(records: Sequence[Record]) -> Iterator[JobMessage]:
    for record in records:
        if record.kind == "job" and not record.before:
            yield JobMessage(job_id=record.after["id"])


def _billed(records: Sequence[Record]) -> Iterator[BillingMessage]:
    orders = (Order.of(record.after) for record in records if record.kind == "order" and record.after)
    for order in orders:
        if missing_document(order):
            yield BillingMessage(order_id=order.id)


def _touched(records: Sequence[Record]) -> Iterator[PassChanged]:
    for record in records:
        if record.kind == "ticket" and record.before and record.after:
            yield from touched_passes(Ticket.of(record.before), Ticket.of(record.after))


def _tell_webhooks(records: Sequence[Record]) -> None:
    """Write what endpoints are to be told, in the order in which it came about, and have it sent."""
    if lanes := note_facts(workshop().table, list(_hook_changes(records)), clock.now()):
        workshop().hook_queue.send(lanes)


def _hook_changes(records: Sequence[Record]) -> Iterator[HookChange]:
    for record in records:
        if record.kind == "order" and record.after:
            yield HookChange(record.id, *_images(Order, record))
        elif record.kind == "ticket" and record.after:
            yield HookChange(record.id, *_images(Ticket, record))


def _tell_of_carts(records: Sequence[Record]) -> None:
    """Write the logs of portals, and let carts show what has changed of their tickets."""
    lines = [_images(Line, record) for record in records if record.kind == "cart_line" and record.after]
    tickets = [_images(Ticket, record) for record in records if record.kind == "ticket" and record.after]
    write_log(workshop().table, lines, tickets)
    for line_key in sorted(changed_lines((before, after) for before, after in tickets if before)):
        follow(workshop().table, line_key, clock.now())


def _log_scans(records: Sequence[Record]) -> None:
    """Bring the log of the doors up to their tickets."""
    tickets = [_images(Ticket, record) for record in records if record.kind == "ticket" and record.after]
    strays = [ScanRow.of(record.after) for record in records if record.kind == "stray_scan" and record.after]
    write_scans(workshop().table, tickets, strays)


def _list_orders(records: Sequence[Record]) -> None:
    """Bring the organizer's list up to orders and tickets. It comes last: a rush may have it wait."""
    orders = [_images(Order, record) for record in records if record.kind == "order" and record.after]
    tickets = [_images(Ticket, record) for record in records if record.kind == "ticket" and record.after]
    follow_orders(workshop().table, orders, tickets)


def _log_accounts(records: Sequence[Record]) -> None:
    """Write the logs of accounts."""
    changes = [SetUpChange(one.id, one.kind, one.before, one.after, one.at) for one in records]
    write_account_log(workshop().table, changes)


def _tell_of_rosters(records: Sequence[Record]) -> None:
    """Let rosters be made that were asked for, and tell those that are there what has changed."""
    heads = [(record.before, record.after) for record in records if record.kind == "roster" and record.after]
    if builds := list(asked_builds(heads)):
        workshop().roster_queue.send(builds)
    changes = [
        TicketChange(record.id, *_images(Ticket, record))
        for record in records
        if record.kind == "ticket" and record.after
    ]
    if tells := note_changes(workshop().table, changes, clock.now()):
        workshop().roster_queue.send(tells, delay_seconds=DELTA_AFTER)


def _images[E: Entity](kind: type[E], record: Record) -> tuple[E | None, E]:
    return kind.of(record.before) if record.before else None, kind.of(record.after)
