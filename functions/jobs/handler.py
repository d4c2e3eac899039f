"""Long work from its queue, a part of a job a call, and rosters from theirs; on their schedules the audit,
the reconciliation and the retention of persons."""

import time
from datetime import timedelta
from random import SystemRandom
from typing import Any

from admit import clock
from admit.acts import bulk
from admit.aws.log import failure, logger
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.badges.face import design_name
from admit.catalog import follow_change
from admit.catalog.catalog import load_catalog
from admit.catalog.event import Event
from admit.distribution import contact_sheet, distribute
from admit.door.roster_files import RosterDesk, build_on, tell_changes
from admit.insight import order_export
from admit.insight.audit import audit, audited_events
from admit.insight.reconcile import reconcile
from admit.insight.summary import read_summary
from admit.job import AuditMessage, Job, JobMessage, RosterMessage, RosterTask, load_job, queued_work
from admit.orders.imports import work_on
from admit.payments import bank, cancel_event
from admit.people import person_sheet
from admit.tickets import assignment_sheet, badge_sheet, retention, seat_all
from admit.tickets.credential import Signer
from admit.tickets.event_change import follow_event

_SECONDS = 40  # a part; the rest is queued again
_AUDITED_FOR = timedelta(days=30)
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Work off messages, or do what a schedule says."""
    match event.get("task"):
        case "audit":
            return _ask_for_audits()
        case "retention":
            return {"started": retention.start_retention(workshop().table, clock.now())}
        case "reconcile":
            return _reconcile()
        case _:
            return handle_messages(event, _work)


def _ask_for_audits() -> dict[str, Any]:
    shop = workshop()
    messages = [
        AuditMessage(event_id=event.id) for event in audited_events(shop.table, clock.now() - _AUDITED_FOR)
    ]
    shop.job_queue.send(messages)
    return {"asked": len(messages)}


def _reconcile() -> dict[str, Any]:
    """Compare Stripe with the ledger. The alarm listens to the message "reconciliation difference"."""
    shop = workshop()
    result = reconcile(
        shop.table, shop.gateway, shop.catalogs.by_id, clock=clock.now, random=random, report=_report
    )
    for difference in result.differences:
        logger.error("reconciliation difference", extra=difference.model_dump())
    told = result.model_dump(exclude={"differences"}) | {"differences": len(result.differences)}
    logger.info("reconciled", extra=told)
    return told


def _work(body: str) -> None:
    shop = workshop()
    match queued_work(body):
        case JobMessage() as message:
            wait = _go_on(load_job(shop.table, message.job_id))
            if wait is not None:
                shop.job_queue.send([message], delay_seconds=wait)
        case AuditMessage() as message:
            _audit(message.event_id)
        case RosterMessage(roster=RosterTask.TELL) as message:
            tell_changes(_roster_desk(message.event_id))
        case RosterMessage() as message:
            if build_on(_roster_desk(message.event_id), seconds=_SECONDS):
                shop.roster_queue.send([message])


def _go_on(job: Job) -> int | None:
    """Do a part of a job; return in how many seconds to go on, None when it has ended."""
    shop = workshop()
    match job.work:
        case bank.WORK:
            more = bank.book_statement(shop.table, job, clock=clock.now, seconds=_SECONDS)
        case assignment_sheet.WORK:
            more = assignment_sheet.assign_rows(
                shop.table, job, shop.catalogs.by_id, shop.switches, clock=clock.now, seconds=_SECONDS
            )
        case distribute.WORK:
            more = distribute.distribute_on(
                shop.table, job, shop.catalogs.by_id, shop.switches, clock=clock.now, seconds=_SECONDS
            )
        case follow_change.WORK:
            event = load_catalog(shop.table, job.event_id).event
            more = follow_event(shop.table, job, event, clock=clock.now, seconds=_SECONDS)
        case contact_sheet.WORK:
            more = contact_sheet.import_rows(
                shop.table, job, shop.switches, clock=clock.now, seconds=_SECONDS
            )
        case person_sheet.WORK:
            catalog = load_catalog(shop.table, job.event_id)
            more = person_sheet.add_rows(shop.table, job, catalog, clock=clock.now, seconds=_SECONDS)
        case retention.WORK:
            event = load_catalog(shop.table, job.event_id).event
            more = retention.erase_persons(shop.table, job, event, clock=clock.now, seconds=_SECONDS)
        case badge_sheet.WORK | order_export.WORK:
            more = _draw_on(job) if job.work == badge_sheet.WORK else _export_on(job)
        case seat_all.WORK:
            more = seat_all.seat_on(shop.table, job, clock=clock.now, random=random, seconds=_SECONDS)
        case cancel_event.WORK | bulk.WORK:
            return _act_on_orders(job)
        case _:
            more = work_on(shop.table, job.id, clock=clock.now, random=random, seconds=_SECONDS)
    return 0 if more else None


def _act_on_orders(job: Job) -> int | None:
    """Do a part of a job that the payment provider may be asked for; return when to go on."""
    shop = workshop()
    if job.work == bulk.WORK:
        more = bulk.act_on(shop.table, shop.gateway, job, clock=clock.now, random=random, seconds=_SECONDS)
        return 0 if more else None
    orders = read_summary(shop.table, job.event_id, _event(job.event_id).currency).orders
    return cancel_event.cancel_orders(
        shop.table, shop.gateway, job, expected=orders, clock=clock.now, seconds=_SECONDS
    )


def _draw_on(job: Job) -> bool:
    shop, event = workshop(), _event(job.event_id)
    signer = Signer(shop.secrets.read(shop.settings.signing_secret_arn), event.id)
    design = shop.designs.get(design_name(event))
    return badge_sheet.draw_on(
        shop.table, shop.bucket, signer, event, job, design=design, clock=clock.now, seconds=_SECONDS
    )


def _export_on(job: Job) -> bool:
    shop = workshop()
    catalog = load_catalog(shop.table, job.event_id)
    return order_export.export_on(shop.table, shop.bucket, catalog, job, clock=clock.now, seconds=_SECONDS)


def _roster_desk(event_id: str) -> RosterDesk:
    shop = workshop()
    signer = Signer(shop.secrets.read(shop.settings.signing_secret_arn), event_id)
    return RosterDesk(shop.table, shop.bucket, signer, _event(event_id), clock.now)


def _event(event_id: str) -> Event:
    return workshop().catalogs.by_id(event_id).event


def _report(name: str, error: Exception) -> None:
    logger.warning("not pulled", extra={"news": name, **failure(error)})


def _audit(event_id: str) -> None:
    """Count an event again. The alarm listens to the message "stock drift"."""
    result = audit(workshop().table, event_id, time.sleep)
    if result.drifts:
        drifts = [drift.model_dump() for drift in result.drifts]
        logger.error("stock drift", extra={"event_id": event_id, "drifts": drifts})
    else:
        logger.info("no stock drift", extra={"event_id": event_id, "counters": result.counters})
