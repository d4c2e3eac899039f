"""The public page of an event: only what everybody may know, and what somebody's codes and address open."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from admit.catalog.catalog import Catalog
from admit.catalog.event import Event, EventStatus, Venue
from admit.catalog.price import AudienceType, PaymentMethod, Price
from admit.catalog.question import AskedAt, AskedOf, Condition, Limits, Option, Question, QuestionKind
from admit.catalog.seating import SeatChoice
from admit.catalog.tier import SaleState, Tier
from admit.clock import Instant
from admit.errors import NotFound
from admit.model import Shape
from admit.money import Money

type ImageUrl = Callable[[str], str]


class PriceView(Shape):
    id: str
    label: str
    amount: Money
    floor: Money | None
    """Pay what you want: the least that may be chosen."""
    payment_methods: list[PaymentMethod]
    min: int | None
    max: int | None
    valid_until: Instant | None


class OfferView(Shape):
    title: str
    provider: str
    auto: bool


class TierView(Shape):
    id: str
    title: str
    description_line: str
    description: str
    photos: list[str]
    position: int
    state: SaleState
    available: int | None
    """How many are left, if the event shows it and the tier is limited."""
    waiting_list: bool
    """Whether one can wait for it now."""
    prices: list[PriceView]
    ticket_limit_per: int | None
    limited: bool
    approval_required: bool
    address_required: bool
    add_on_of: str | None
    offers: list[OfferView]
    seat_choice: SeatChoice | None
    """How its tickets get their seats, if they have any."""
    sale_starts_at: Instant | None
    sale_ends_at: Instant | None


class CategoryView(Shape):
    id: str
    title: str
    description: str
    position: int
    tiers: list[TierView]


class QuestionView(Shape):
    id: str
    title: str
    help: str
    kind: QuestionKind
    options: list[Option]
    required: bool
    asked_of: AskedOf
    asked_at: AskedAt
    tier_ids: list[str]
    """Asked with these tiers, of those that the reader knows; empty: with every tier, of attendees but with
    add-ons."""
    shown_if: Condition | None
    """Hidden unless the question that it names is there and was answered so."""
    limits: Limits | None
    consent: bool


class EventPage(Shape):
    id: str
    slug: str
    title: str
    description: str
    status: EventStatus
    starts_at: Instant
    ends_at: Instant
    timezone: str
    currency: str
    venue: Venue | None
    images: list[str]
    ticket_limit_per: int | None
    tax_included: bool
    categories: list[CategoryView]
    questions: list[QuestionView]
    """In order; those of tiers that are not on the page come with these."""


class UnlockRequest(Shape):
    """What opens more than the page shows: codes, the ids of tiers by whose link one came, a proven
    address."""

    code: Annotated[str, Field(max_length=80)] | None = None
    passcodes: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=10)] = []
    tier_ids: Annotated[list[str], Field(max_length=20)] = []
    email: Annotated[str, Field(max_length=254)] | None = None
    email_proof: Annotated[str, Field(max_length=200)] | None = None
    company_id: Annotated[str, Field(max_length=100)] | None = None
    """Of the company that the signed-in caller acts for."""

    @property
    def codes(self) -> list[str]:
        return [*([self.code] if self.code else []), *self.passcodes]


class Unlocked(Shape):
    """The tiers that are open to the caller beside those of the page; a code may lower prices instead."""

    tiers: list[TierView]
    discount: str | None
    """Title of the discount that the code gives."""
    questions: list[QuestionView]
    """Those that name such a tier; each stands in for the one of its id on the page."""


@dataclass(frozen=True)
class Visitor:
    """What somebody has shown beside coming by."""

    codes: Sequence[str] = ()
    whitelisted: frozenset[str] = frozenset()
    """The tiers on whose whitelist his proven address is."""
    company_id: str | None = None

    def sees(self, catalog: Catalog, tier: Tier, price: Price) -> bool:
        """Say whether a price is for him, beyond being for everyone."""
        match price.audience.type:
            case AudienceType.EVERYONE:
                return False
            case AudienceType.WHITELIST:
                return tier.id in self.whitelisted
            case AudienceType.CODE:
                return price.audience.opens_with(self.codes)
            case AudienceType.COMPANY | AudienceType.ROLE:
                return catalog.is_for_company(price.audience, self.company_id)


_ANYBODY = Visitor()


def event_page(catalog: Catalog, left: Mapping[str, int], now: datetime, image_url: ImageUrl) -> EventPage:
    """Draw the page. `left` is what the stocks that can run out hold. Raises NotFound while it is a draft."""
    event = shown(catalog)
    listed = listed_tiers(catalog)
    return EventPage(
        **event.model_dump(
            include=EventPage.model_fields.keys() & type(event).model_fields.keys() - {"images"}
        ),
        images=[image_url(image) for image in event.images],
        categories=[
            CategoryView(
                id=category.id,
                title=category.title,
                description=category.description,
                position=category.position,
                tiers=[tier_view(catalog, tier, left, now, image_url) for tier in tiers if tier.id in listed],
            )
            for category, tiers in catalog.in_order()
        ],
        questions=question_views(catalog.questions.values(), listed),
    )


def unlock(
    catalog: Catalog,
    tier_ids: Sequence[str],
    visitor: Visitor,
    left: Mapping[str, int],
    now: datetime,
    *,
    image_url: ImageUrl,
) -> Unlocked:
    """Return the tiers that a visitor's codes, address, company or links open to him, by their ids.

    Raises NotFound while the event is a draft.
    """
    shown(catalog)
    opened = [
        tier_view(catalog, tier, left, now, image_url, visitor=visitor)
        for _, tiers in catalog.in_order()
        for tier in tiers
        if tier.active
        and (
            tier.id in tier_ids
            or (tier.limited and tier.id in visitor.whitelisted)
            or (tier.passcode_hash is not None and tier.opens_with(visitor.codes))
            or any(visitor.sees(catalog, tier, price) for price in tier.prices)
        )
    ]
    discounts = [
        discount.title
        for discount in catalog.discounts.values()
        if discount.valid(now) and any(discount.has_code(code) for code in visitor.codes)
    ]
    ids = {tier.id for tier in opened}
    of_opened = [question for question in catalog.questions.values() if ids.intersection(question.tier_ids)]
    return Unlocked(
        tiers=opened,
        discount=next(iter(discounts), None),
        questions=question_views(of_opened, ids | listed_tiers(catalog)),
    )


def question_views(questions: Iterable[Question], tier_ids: Collection[str]) -> list[QuestionView]:
    """Show the questions that are asked, in order, to a reader who knows of these tiers.

    The id of a private tier opens it, so no other tier is named, nor a question that is for others alone.
    """
    return [
        QuestionView(
            **question.model_dump(include=QuestionView.model_fields.keys() - {"tier_ids", "options"}),
            tier_ids=[tier_id for tier_id in question.tier_ids if tier_id in tier_ids],
            options=[option for option in question.options if option.active],
        )
        for question in sorted(questions, key=lambda question: question.place)
        if question.active and (not question.tier_ids or not set(tier_ids).isdisjoint(question.tier_ids))
    ]


def tier_view(
    catalog: Catalog,
    tier: Tier,
    left: Mapping[str, int],
    now: datetime,
    image_url: ImageUrl,
    *,
    visitor: Visitor = _ANYBODY,
) -> TierView:
    """Show a tier to a visitor; what he can't buy is locked and tells no prices."""
    event = catalog.event
    remaining = catalog.remaining(tier, left)
    state = tier.sale_state(now, remaining)
    over = event.status is not EventStatus.PUBLISHED or now >= event.ends_at
    if state in (SaleState.ON_SALE, SaleState.SOLD_OUT) and over:
        state = SaleState.ENDED
    invited = not tier.limited or tier.id in visitor.whitelisted
    locked = not invited or not tier.opens_with(visitor.codes)
    if locked and state is SaleState.ON_SALE:
        state = SaleState.LOCKED
    fields = TierView.model_fields.keys() & Tier.model_fields.keys() - {"prices", "photos", "offers"}
    return TierView(
        **tier.model_dump(include=fields - {"approval_required"}),
        photos=[image_url(photo) for photo in tier.photos],
        state=state,
        available=(0 if tier.waited_for else remaining) if event.show_available else None,
        waiting_list=state is SaleState.SOLD_OUT and event.waiting_list and tier.can_be_waited_for,
        prices=[]
        if locked
        else [
            PriceView(**price.model_dump(include=set(PriceView.model_fields)))
            for price in tier.valid_prices(now)
            if price.audience.type is AudienceType.EVERYONE or visitor.sees(catalog, tier, price)
        ],
        approval_required=tier.needs_approval(event),
        offers=[OfferView(title=o.title, provider=o.provider, auto=o.auto) for o in tier.offers],
        seat_choice=catalog.seat_choice(tier.id),
    )


def listed_tiers(catalog: Catalog) -> set[str]:
    """Return the ids of the tiers that the page shows."""
    return {tier.id for tier in catalog.tiers.values() if tier.active and not tier.private}


def shown(catalog: Catalog) -> Event:
    """Return an event that the public may know of. Raises NotFound."""
    if catalog.event.status is EventStatus.DRAFT:
        raise NotFound("There is no such event.")
    return catalog.event
