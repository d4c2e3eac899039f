"""Setting up an event: its tiers and prices, discounts and whitelists, quotas and allotments."""

from collections.abc import Iterable, Mapping
from random import SystemRandom
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock, ids, keys
from admit.aws.http import Cursor, Limit, Listing, OptionalIdempotencyKey, new_id
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.catalog.allot import create_allotment, edit_allotment
from admit.catalog.allotment import AllotmentPatch, AllotmentSettings
from admit.catalog.badge import require_design
from admit.catalog.catalog import Catalog
from admit.catalog.checklist import Checklist, checklist
from admit.catalog.copy import CopyRequest, copy_event
from admit.catalog.create import create_event
from admit.catalog.discount import DiscountPatch, DiscountSettings
from admit.catalog.edit_category import create_category, edit_category, remove_category
from admit.catalog.edit_discount import create_discount, discount_of, edit_discount, remove_discount
from admit.catalog.edit_event import cancel, close, edit_event, publish
from admit.catalog.edit_organization import remove_organization, set_organization
from admit.catalog.edit_quota import create_quota, edit_quota, remove_quota
from admit.catalog.edit_tier import create_tier, edit_tier, remove_tier, tier_of
from admit.catalog.edit_whitelist import (
    Whitelist,
    WhitelistChange,
    change_whitelist,
    read_whitelist,
    set_whitelist,
)
from admit.catalog.event import Event, EventPatch, EventSettings
from admit.catalog.images import Upload, UploadRequest, begin_upload, require_images
from admit.catalog.imports import ImportRequest
from admit.catalog.organization import Organization, OrganizationSettings
from admit.catalog.quota import QuotaPatch, QuotaSettings
from admit.catalog.reorder import (
    CategoryOrder,
    TierOrder,
    reorder_categories,
    reorder_tiers,
)
from admit.catalog.seller import require_account, require_same_account
from admit.catalog.tier import CategoryPatch, CategorySettings, Tier, TierPatch, TierSettings
from admit.catalog.view import (
    AllotmentView,
    CatalogView,
    DiscountView,
    EventView,
    OrganizerCategoryView,
    OrganizerTierView,
    QuotaView,
    allotment_view,
    catalog_view,
    category_view,
    discount_view,
    event_view,
    organizer_tier_view,
    quota_view,
)
from admit.job import JobView, JobWithRows, job_of_event, job_view, job_with_rows, jobs_of
from admit.mail.mails import Whitelisted
from admit.orders.imports import start_import
from admit.payments.cancel_event import CancelEventRequest, start_cancellation
from admit.people.account import ANY_ROLE, HANDLES_MONEY, MANAGES, load_organizer
from admit.people.company import company_of, require_active
from admit.seating.lapse import give_up_allotment
from admit.stock.stock import Stock, left_in
from admit.tickets.credential import Signer

app = OrganizerApi()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.

_EVENT = "/organizer/<organizer_id>/events/<event_id>"


@app.post("/organizer/<organizer_id>/events", status_code=201)
def add_event(
    organizer_id: str, settings: EventSettings, idempotency_key: OptionalIdempotencyKey = ""
) -> CatalogView:
    app.require(organizer_id, MANAGES)
    shop = workshop()
    event_id = new_id(idempotency_key, "event", organizer_id)
    require_images(shop.bucket, event_id, settings.images, "images")
    require_design(shop.table, shop.bucket, event_id, settings.badge)
    require_account(settings.seller)
    seller = load_organizer(shop.table, organizer_id).seller
    if app.key_id and settings.seller:
        require_same_account(settings.seller, seller)
    catalog = create_event(
        shop.table,
        organizer_id,
        settings,
        event_id=event_id,
        public_key=_public_key(event_id),
        hold_minutes=shop.settings.hold_minutes,
        now=clock.now(),
        seller=seller,
    )
    return _view(catalog)


@app.get("/organizer/<organizer_id>/events")
def list_events(organizer_id: str, limit: Limit = 50, cursor: Cursor = None) -> Listing[EventView]:
    app.require(organizer_id, ANY_ROLE)
    page = workshop().table.page("gsi1", keys.events_of(organizer_id), limit=limit, cursor=cursor)
    return Listing(items=[event_view(Event.of(item)) for item in page.items], cursor=page.cursor)


@app.get(_EVENT)
def read_event(organizer_id: str, event_id: str) -> CatalogView:
    return _view(app.catalog(organizer_id, event_id, ANY_ROLE))


@app.patch(_EVENT)
def change_event(organizer_id: str, event_id: str, patch: EventPatch) -> CatalogView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    require_images(workshop().bucket, event_id, patch.images or [], "images")
    require_design(workshop().table, workshop().bucket, event_id, patch.badge)
    require_account(patch.seller)
    if app.key_id and "seller" in patch.model_fields_set:
        require_same_account(patch.seller, catalog.event.seller)
    return _view(edit_event(workshop().table, catalog, patch, actor=app.actor, now=clock.now()))


@app.post(f"{_EVENT}/publish")
def publish_event(organizer_id: str, event_id: str) -> CatalogView:
    return _view(publish(workshop().table, app.catalog(organizer_id, event_id, MANAGES)))


@app.get(f"{_EVENT}/checklist")
def read_checklist(organizer_id: str, event_id: str) -> Checklist:
    """Tell what the event lacks before it can be published, and what is advised."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    devices = workshop().table.find("gsi1", keys.devices_of(event_id), limit=1).entries
    return checklist(catalog, clock.now(), devices=bool(devices))


@app.post(f"{_EVENT}/close")
def close_event(organizer_id: str, event_id: str) -> CatalogView:
    return _view(close(workshop().table, app.catalog(organizer_id, event_id, MANAGES)))


@app.post(f"{_EVENT}/cancel")
def call_off(organizer_id: str, event_id: str, request: CancelEventRequest | None = None) -> CatalogView:
    """Call an event off: a job ends its orders and sends back what was paid, unless that is not wanted."""
    table = workshop().table
    catalog = cancel(table, app.catalog(organizer_id, event_id, MANAGES))
    start_cancellation(table, catalog, request or CancelEventRequest(), created_by=app.actor, now=clock.now())
    return _view(catalog)


@app.post(f"{_EVENT}/copy", status_code=201)
def copy_of_event(
    organizer_id: str, event_id: str, request: CopyRequest, idempotency_key: OptionalIdempotencyKey = ""
) -> CatalogView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    copy_id = new_id(idempotency_key, "copy", event_id)
    table = workshop().table
    return _view(
        copy_event(
            table, catalog, request, event_id=copy_id, public_key=_public_key(copy_id), now=clock.now()
        )
    )


@app.post(f"{_EVENT}/uploads", status_code=201)
def open_upload(organizer_id: str, event_id: str, request: UploadRequest) -> Upload:
    app.catalog(organizer_id, event_id, MANAGES)
    return begin_upload(workshop().bucket, event_id, request, image_id=ids.random_id(), now=clock.now())


# --- tiers and categories ---------------------------------------------------------------------------------


@app.post(f"{_EVENT}/tiers", status_code=201)
def add_tier(
    organizer_id: str, event_id: str, settings: TierSettings, idempotency_key: OptionalIdempotencyKey = ""
) -> OrganizerTierView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    shop = workshop()
    require_images(shop.bucket, event_id, settings.photos, "photos")
    tier_id = new_id(idempotency_key, "tier", event_id)
    return _tier_view(create_tier(shop.table, catalog, settings, tier_id=tier_id, new_id=ids.random_id))


@app.get(f"{_EVENT}/tiers")
def list_tiers(organizer_id: str, event_id: str) -> Listing[OrganizerTierView]:
    view = _view(app.catalog(organizer_id, event_id, ANY_ROLE))
    tiers = [tier for category in view.categories for tier in category.tiers]
    return Listing(items=[*tiers, *view.uncategorized], cursor=None)


@app.post(f"{_EVENT}/tiers/reorder")
def put_tiers_in_order(organizer_id: str, event_id: str, order: TierOrder) -> CatalogView:
    return _view(reorder_tiers(workshop().table, app.catalog(organizer_id, event_id, MANAGES), order))


@app.get(f"{_EVENT}/tiers/<tier_id>")
def read_tier(organizer_id: str, event_id: str, tier_id: str) -> OrganizerTierView:
    return _tier_view(tier_of(app.catalog(organizer_id, event_id, ANY_ROLE), tier_id))


@app.patch(f"{_EVENT}/tiers/<tier_id>")
def change_tier(organizer_id: str, event_id: str, tier_id: str, patch: TierPatch) -> OrganizerTierView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    shop = workshop()
    require_images(shop.bucket, event_id, patch.photos or [], "photos")
    return _tier_view(edit_tier(shop.table, catalog, tier_id, patch, new_id=ids.random_id))


@app.delete(f"{_EVENT}/tiers/<tier_id>", status_code=204)
def delete_tier(organizer_id: str, event_id: str, tier_id: str) -> Response[None]:
    remove_tier(workshop().table, app.catalog(organizer_id, event_id, MANAGES), tier_id)
    return Response(204)


@app.get(f"{_EVENT}/tiers/<tier_id>/whitelist")
def list_whitelist(organizer_id: str, event_id: str, tier_id: str) -> Whitelist:
    tier = tier_of(app.catalog(organizer_id, event_id, MANAGES), tier_id)
    return read_whitelist(workshop().table, tier.id)


@app.put(f"{_EVENT}/tiers/<tier_id>/whitelist")
def put_whitelist(
    organizer_id: str,
    event_id: str,
    tier_id: str,
    change: WhitelistChange,
    notify: Annotated[bool, Query(description="Tell those who are new on it.")] = False,
) -> Whitelist:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    tier = tier_of(catalog, tier_id)
    shop = workshop()
    before = {entry.name for entry in read_whitelist(shop.table, tier_id).users}
    if change.users is not None:
        set_whitelist(shop.table, catalog, tier_id, change.users, limited=tier.limited)
    else:
        change_whitelist(shop.table, catalog, tier_id, add=change.add, remove=change.remove)
    after = read_whitelist(shop.table, tier_id)
    if notify:
        fresh = [entry.email for entry in after.users if entry.email and entry.name not in before]
        shop.mail_queue.send(
            [Whitelisted(event_id=event_id, tier_id=tier_id, email=email) for email in fresh]
        )
    return after


@app.post(f"{_EVENT}/categories", status_code=201)
def add_category(
    organizer_id: str,
    event_id: str,
    settings: CategorySettings,
    idempotency_key: OptionalIdempotencyKey = "",
) -> OrganizerCategoryView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    category_id = new_id(idempotency_key, "category", event_id)
    category = create_category(workshop().table, catalog, settings, category_id=category_id)
    return category_view(category, [])


@app.get(f"{_EVENT}/categories")
def list_categories(organizer_id: str, event_id: str) -> Listing[OrganizerCategoryView]:
    view = _view(app.catalog(organizer_id, event_id, ANY_ROLE))
    return Listing(items=view.categories, cursor=None)


@app.post(f"{_EVENT}/categories/reorder")
def put_categories_in_order(organizer_id: str, event_id: str, order: CategoryOrder) -> CatalogView:
    return _view(reorder_categories(workshop().table, app.catalog(organizer_id, event_id, MANAGES), order))


@app.patch(f"{_EVENT}/categories/<category_id>")
def change_category(
    organizer_id: str, event_id: str, category_id: str, patch: CategoryPatch
) -> OrganizerCategoryView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    category = edit_category(workshop().table, catalog, category_id, patch)
    tiers = catalog.tiers_in(category.id)
    left = _left(tier.stock for tier in tiers)
    return category_view(category, [organizer_tier_view(tier, left) for tier in tiers])


@app.delete(f"{_EVENT}/categories/<category_id>", status_code=204)
def delete_category(organizer_id: str, event_id: str, category_id: str) -> Response[None]:
    remove_category(workshop().table, app.catalog(organizer_id, event_id, MANAGES), category_id)
    return Response(204)


# --- discounts, quotas, allotments ------------------------------------------------------------------------


@app.post(f"{_EVENT}/discounts", status_code=201)
def add_discount(
    organizer_id: str,
    event_id: str,
    settings: DiscountSettings,
    idempotency_key: OptionalIdempotencyKey = "",
) -> DiscountView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    discount_id = new_id(idempotency_key, "discount", event_id)
    discount = create_discount(workshop().table, catalog, settings, discount_id=discount_id)
    return discount_view(discount, _left([discount.uses, discount.tickets]))


@app.get(f"{_EVENT}/discounts")
def list_discounts(organizer_id: str, event_id: str) -> Listing[DiscountView]:
    discounts = app.catalog(organizer_id, event_id, HANDLES_MONEY).discounts.values()
    left = _left(stock for discount in discounts for stock in (discount.uses, discount.tickets))
    return Listing(items=[discount_view(discount, left) for discount in discounts], cursor=None)


@app.get(f"{_EVENT}/discounts/<discount_id>")
def read_discount(organizer_id: str, event_id: str, discount_id: str) -> DiscountView:
    discount = discount_of(app.catalog(organizer_id, event_id, HANDLES_MONEY), discount_id)
    return discount_view(discount, _left([discount.uses, discount.tickets]))


@app.patch(f"{_EVENT}/discounts/<discount_id>")
def change_discount(organizer_id: str, event_id: str, discount_id: str, patch: DiscountPatch) -> DiscountView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    discount = edit_discount(workshop().table, catalog, discount_id, patch)
    return discount_view(discount, _left([discount.uses, discount.tickets]))


@app.delete(f"{_EVENT}/discounts/<discount_id>", status_code=204)
def delete_discount(organizer_id: str, event_id: str, discount_id: str) -> Response[None]:
    remove_discount(workshop().table, app.catalog(organizer_id, event_id, MANAGES), discount_id)
    return Response(204)


@app.post(f"{_EVENT}/quotas", status_code=201)
def add_quota(
    organizer_id: str, event_id: str, settings: QuotaSettings, idempotency_key: OptionalIdempotencyKey = ""
) -> QuotaView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    quota_id = new_id(idempotency_key, "quota", event_id)
    quota = create_quota(workshop().table, catalog, settings, quota_id=quota_id)
    return quota_view(catalog, quota, _left([quota.stock]))


@app.get(f"{_EVENT}/quotas")
def list_quotas(organizer_id: str, event_id: str) -> Listing[QuotaView]:
    catalog = app.catalog(organizer_id, event_id, ANY_ROLE)
    left = _left(quota.stock for quota in catalog.quotas.values())
    quotas = [quota_view(catalog, quota, left) for quota in catalog.quotas.values()]
    return Listing(items=quotas, cursor=None)


@app.patch(f"{_EVENT}/quotas/<quota_id>")
def change_quota(organizer_id: str, event_id: str, quota_id: str, patch: QuotaPatch) -> QuotaView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    quota = edit_quota(workshop().table, catalog, quota_id, patch)
    return quota_view(catalog, quota, _left([quota.stock]))


@app.delete(f"{_EVENT}/quotas/<quota_id>", status_code=204)
def delete_quota(organizer_id: str, event_id: str, quota_id: str) -> Response[None]:
    remove_quota(workshop().table, app.catalog(organizer_id, event_id, MANAGES), quota_id)
    return Response(204)


@app.post(f"{_EVENT}/allotments", status_code=201)
def add_allotment(
    organizer_id: str,
    event_id: str,
    settings: AllotmentSettings,
    idempotency_key: OptionalIdempotencyKey = "",
) -> AllotmentView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    if settings.company_id is not None:
        require_active(company_of(table, organizer_id, settings.company_id))
    allotment_id = new_id(idempotency_key, "allotment", event_id)
    allotment = create_allotment(table, catalog, settings, allotment_id=allotment_id, random=random)
    return allotment_view(allotment, _left([allotment.stock]))


@app.get(f"{_EVENT}/allotments")
def list_allotments(organizer_id: str, event_id: str) -> Listing[AllotmentView]:
    allotments = app.catalog(organizer_id, event_id, ANY_ROLE).allotments.values()
    left = _left(allotment.stock for allotment in allotments)
    return Listing(items=[allotment_view(allotment, left) for allotment in allotments], cursor=None)


@app.patch(f"{_EVENT}/allotments/<allotment_id>")
def change_allotment(
    organizer_id: str, event_id: str, allotment_id: str, patch: AllotmentPatch
) -> AllotmentView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    allotment = edit_allotment(workshop().table, catalog, allotment_id, patch, random=random)
    return allotment_view(allotment, _left([allotment.stock]))


@app.delete(f"{_EVENT}/allotments/<allotment_id>", status_code=204)
def delete_allotment(organizer_id: str, event_id: str, allotment_id: str) -> Response[None]:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    give_up_allotment(workshop().table, catalog, allotment_id, now=clock.now(), random=random)
    return Response(204)


@app.put(f"{_EVENT}/organizations/<company_id>")
def put_organization(
    organizer_id: str, event_id: str, company_id: str, settings: OrganizationSettings
) -> Organization:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    require_active(company_of(table, organizer_id, company_id))
    return set_organization(table, catalog, company_id, settings)


@app.delete(f"{_EVENT}/organizations/<company_id>", status_code=204)
def delete_organization(organizer_id: str, event_id: str, company_id: str) -> Response[None]:
    remove_organization(workshop().table, app.catalog(organizer_id, event_id, MANAGES), company_id)
    return Response(204)


# --- imports ----------------------------------------------------------------------------------------------


@app.post(f"{_EVENT}/imports", status_code=202)
def begin_import(
    organizer_id: str, event_id: str, request: ImportRequest, idempotency_key: OptionalIdempotencyKey = ""
) -> JobView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    key = idempotency_key or ids.random_id()
    job = start_import(workshop().table, catalog, request, key, created_by=app.actor, now=clock.now())
    return job_view(job)


@app.get(f"{_EVENT}/imports")
def list_imports(
    organizer_id: str, event_id: str, limit: Limit = 50, cursor: Cursor = None
) -> Listing[JobView]:
    app.catalog(organizer_id, event_id, MANAGES)
    page = jobs_of(workshop().table, event_id, limit=limit, cursor=cursor)
    return Listing(items=[job_view(job) for job in page.jobs], cursor=page.cursor)


@app.get(f"{_EVENT}/imports/<job_id>")
def read_import(
    organizer_id: str, event_id: str, job_id: str, limit: Limit = 50, cursor: Cursor = None
) -> JobWithRows:
    """Read how far an import is, and a page of what became of its rows."""
    app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    job = job_of_event(table, event_id, job_id)
    return job_with_rows(table, job, limit=limit, cursor=cursor)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _public_key(event_id: str) -> str:
    shop = workshop()
    return Signer(shop.secrets.read(shop.settings.signing_secret_arn), event_id).public_key


def _left(stocks: Iterable[Stock]) -> Mapping[str, int]:
    return left_in(workshop().table, stocks)


def _view(catalog: Catalog) -> CatalogView:
    return catalog_view(catalog, _left(tier.stock for tier in catalog.tiers.values()))


def _tier_view(tier: Tier) -> OrganizerTierView:
    return organizer_tier_view(tier, _left([tier.stock]))
