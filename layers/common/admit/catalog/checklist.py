"""What an event lacks before it is published, and what is advised to look at first.

What is missing is what publishing refuses, by the same rules; what is advised keeps nobody from anything.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from admit.catalog.badge import BadgeSettings
from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus, Seller
from admit.catalog.price import PaymentMethod, Price
from admit.catalog.tier import SaleState, Tier
from admit.errors import Fault
from admit.model import Shape
from admit.money import smallest_charge


class ItemState(StrEnum):
    DONE = "done"
    MISSING = "missing"
    """It keeps the event from being published."""
    ADVISED = "advised"


class Where(StrEnum):
    """Where it is mended."""

    EVENT = "event"
    TIERS = "tiers"
    CATEGORIES = "categories"
    PRICES = "prices"
    SEATING = "seating"
    TEXTS = "texts"
    BADGES = "badges"
    TEAM = "team"
    PAYMENT = "payment"
    DOORS = "doors"
    QUESTIONS = "questions"


class ChecklistItem(Shape):
    id: str
    state: ItemState
    title: str
    detail: str
    """What to do about it; empty once it is done."""
    where: Where


class Checklist(Shape):
    items: list[ChecklistItem]
    can_publish: bool


def unready(catalog: Catalog) -> list[Fault]:
    """Return all that keeps an event which is not on sale from being published."""
    active = _active(catalog)
    faults = [] if active else [Fault("tiers", "at least one must be active")]
    for tier in active:
        where = f"tiers[{tier.id}]"
        if not tier.prices:
            faults.append(Fault(f"{where}.prices", "an active tier needs at least one price"))
        if tier.category not in catalog.categories:
            faults.append(Fault(f"{where}.category", "an active tier needs a category of this event"))
        if tier.limited and not tier.whitelist_size:
            faults.append(Fault(f"{where}.limited_whitelist_users", "a limited tier needs a whitelist"))
        if tier.add_on_of is not None and not catalog.tiers[tier.add_on_of].active:
            faults.append(Fault(f"{where}.add_on_of", "is a tier that is not active"))
    return faults


def can_publish(catalog: Catalog) -> bool:
    """Say whether publishing would not be refused; what is on sale already stays so."""
    match catalog.event.status:
        case EventStatus.PUBLISHED:
            return True
        case EventStatus.CANCELLED:
            return False
    return not unready(catalog)


def checklist(catalog: Catalog, now: datetime, *, devices: bool) -> Checklist:
    """Go through an event; `devices`: whether any device stands at its doors."""
    items = [
        *_needed(catalog),
        *_of_event(catalog, now),
        *_of_sale(catalog, now),
        *_of_payment(catalog),
        *_of_seats(catalog),
        *_of_words(catalog),
        *_of_doors(catalog, devices=devices),
    ]
    return Checklist(items=items, can_publish=can_publish(catalog))


def _needed(catalog: Catalog) -> Iterator[ChecklistItem]:
    """Tell what publishing looks at."""
    at_fault = [fault.field.rpartition(".")[2] for fault in unready(catalog)]
    cancelled = catalog.event.status is EventStatus.CANCELLED

    def item(name: str, field: str, title: str, detail: str, where: Where) -> ChecklistItem:
        return _item(name, ItemState.MISSING if field in at_fault else ItemState.DONE, title, detail, where)

    yield _item(
        "not_cancelled",
        ItemState.MISSING if cancelled else ItemState.DONE,
        "The event takes place",
        "It was cancelled, and can't be published again; copy it.",
        Where.EVENT,
    )
    yield item("tiers", "tiers", "Tiers", "Add a tier, or make one active.", Where.TIERS)
    yield item("prices", "prices", "Prices", "Give each active tier a price.", Where.PRICES)
    yield item("categories", "category", "Categories", "Put each active tier into one.", Where.CATEGORIES)
    yield item(
        "whitelists",
        "limited_whitelist_users",
        "Whitelists",
        "Say who may buy the tiers that are for invited people only.",
        Where.TIERS,
    )
    yield item(
        "add_ons", "add_on_of", "Add-ons", "Make the tiers active that your add-ons belong to.", Where.TIERS
    )


def _of_event(catalog: Catalog, now: datetime) -> Iterator[ChecklistItem]:
    event = catalog.event
    yield _advice("title", bool(event.title.strip()), "Title", "Give the event a title.", Where.EVENT)
    yield _advice(
        "dates",
        now < event.starts_at,
        "Dates",
        "The event begins in the past; look at its dates. Once it has ended nobody can order.",
        Where.EVENT,
    )
    yield _advice(
        "description",
        bool(event.description.strip()),
        "Description",
        "Say what the event is about; it stands on its page.",
        Where.EVENT,
    )
    yield _advice(
        "venue", event.venue is not None, "Venue", "Say where it is; tickets and calendars tell.", Where.EVENT
    )
    yield _advice(
        "image", bool(event.images), "Picture", "Add a picture; previews of links show it.", Where.EVENT
    )
    yield _advice(
        "retention",
        event.retention_days is not None,
        "Personal data",
        "Say how long after the event the data of its guests is kept.",
        Where.EVENT,
    )


def _of_sale(catalog: Catalog, now: datetime) -> Iterator[ChecklistItem]:
    active = _active(catalog)
    on_sale = [tier for tier in active if tier.sale_state(now, None) is not SaleState.ENDED]
    yield _advice(
        "on_sale",
        bool(on_sale),
        "Sale",
        "No tier is on sale, or ever will be: look at the times of sales and of prices.",
        Where.TIERS,
    )
    free = [tier for tier in active if tier.default and _is_free_for_all(tier)]
    yield _advice(
        "default_tier",
        not free or len(active) == 1,
        "Free ticket",
        "The free ticket that each event begins with is still on sale, without a limit: is it meant?",
        Where.TIERS,
    )
    limited = catalog.event.capacity is not None or all(_limit(catalog, tier) is not None for tier in active)
    yield _advice(
        "capacity",
        limited,
        "Capacity",
        "Nothing limits how many tickets are sold: give the event a capacity, or its tiers limits.",
        Where.TIERS,
    )


def _of_payment(catalog: Catalog) -> Iterator[ChecklistItem]:
    event, prices = catalog.event, _prices(catalog)
    paid = [price for price in prices if price.amount.amount or price.floor is not None]
    smallest = smallest_charge(event.currency)
    yield _advice(
        "card",
        all(
            price.amount.amount == 0 or price.amount.amount >= smallest
            for price in prices
            if PaymentMethod.CARD in price.payment_methods
        ),
        "Payment by card",
        "A price is below what cards can be charged; raise it, or let it be paid by invoice.",
        Where.PAYMENT,
    )
    by_invoice = any(PaymentMethod.INVOICE in price.payment_methods for price in prices)
    seller = event.seller
    yield _advice(
        "invoice",
        not by_invoice or (seller is not None and seller.iban is not None),
        "Payment by invoice",
        "Enter the bank account that invoices are paid to.",
        Where.PAYMENT,
    )
    yield _advice(
        "seller",
        not paid or _is_named(seller),
        "Seller",
        "Say who sells, with the address; invoices must name it.",
        Where.PAYMENT,
    )
    yield _advice(
        "tax",
        not _untaxed(catalog),
        "Tax",
        "Say the tax rate of each tier that costs something, also if it is 0 %.",
        Where.PAYMENT,
    )


def _of_seats(catalog: Catalog) -> Iterator[ChecklistItem]:
    seating = catalog.seating
    if seating is None:
        return
    tiers = {tier.id for tier in _active(catalog)}
    yield _advice(
        "seats_assigned",
        all(tiers.intersection(category.tier_ids) for category in seating.categories),
        "Seats and tiers",
        "Some seats belong to no tier that is active: nobody can buy them.",
        Where.SEATING,
    )
    seats = {section.id: section.seats for section in seating.sections}
    yield _advice(
        "seats_suffice",
        all(
            tier.ticket_limit is not None
            and tier.ticket_limit <= sum(seats[section] for section in seating.sections_of(tier.id))
            for tier in _active(catalog)
            if seating.seats_tier(tier.id)
        ),
        "Seats and limits",
        "A tier with seats has no limit, or a higher one than there are seats for it.",
        Where.SEATING,
    )


def _of_words(catalog: Catalog) -> Iterator[ChecklistItem]:
    yield _advice(
        "questions",
        any(question.active for question in catalog.questions.values()),
        "Questions",
        "Nobody is asked anything, such as what he eats, or whether he consents.",
        Where.QUESTIONS,
    )
    yield _advice(
        "mail_texts",
        bool(catalog.mail_texts),
        "Mails",
        "Mails go out in our words; read them, and change what should be yours.",
        Where.TEXTS,
    )
    yield _advice(
        "badge",
        catalog.event.badge != BadgeSettings(),
        "Badge",
        "Badges look as ours do; choose their size and colours, or add your logo.",
        Where.BADGES,
    )


def _of_doors(catalog: Catalog, *, devices: bool) -> Iterator[ChecklistItem]:
    yield _advice(
        "check_in_list",
        bool(catalog.lists),
        "Check-in list",
        "Say which tickets are let in; without a list no device lets anybody in.",
        Where.DOORS,
    )
    yield _advice("gate", bool(catalog.gates), "Gate", "Name the doors of the venue.", Where.DOORS)
    yield _advice("device", devices, "Device", "Pair a device that scans tickets.", Where.DOORS)


def _item(name: str, state: ItemState, title: str, detail: str, where: Where) -> ChecklistItem:
    told = "" if state is ItemState.DONE else detail
    return ChecklistItem(id=name, state=state, title=title, detail=told, where=where)


def _advice(name: str, done: bool, title: str, detail: str, where: Where) -> ChecklistItem:
    return _item(name, ItemState.DONE if done else ItemState.ADVISED, title, detail, where)


def _active(catalog: Catalog) -> Sequence[Tier]:
    return [tier for tier in catalog.tiers.values() if tier.active]


def _prices(catalog: Catalog) -> list[Price]:
    return [price for tier in _active(catalog) for price in tier.prices]


def _is_free_for_all(tier: Tier) -> bool:
    free = all(price.amount.amount == 0 for price in tier.prices)
    closed = tier.private or tier.limited or tier.passcode_hash is not None
    return free and not closed and tier.ticket_limit is None


def _limit(catalog: Catalog, tier: Tier) -> int | None:
    """Return how many of a tier there can be at most, by itself and what it shares."""
    limits = [catalog.quotas[quota_id].limit for quota_id in tier.quotas]
    if tier.ticket_limit is not None:
        limits.append(tier.ticket_limit)
    return min(limits, default=None)


def _is_named(seller: Seller | None) -> bool:
    return seller is not None and bool(seller.address.strip())


def _untaxed(catalog: Catalog) -> bool:
    """Say whether a tier that costs something has no tax rate."""
    return any(
        tier.tax_rate is None and any(price.amount.amount or price.floor for price in tier.prices)
        for tier in _active(catalog)
    )
