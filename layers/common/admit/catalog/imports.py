"""Importing tiers and whitelists: each row of a CSV file becomes one entry, or says what is wrong with it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import StringConstraints, ValidationError

from admit import ids
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.edit_tier import create_tier, edit_tier
from admit.catalog.edit_whitelist import change_whitelist
from admit.catalog.event import Event
from admit.catalog.price import PaymentMethod, PriceSettings
from admit.catalog.tier import Tier, TierPatch, TierSettings
from admit.catalog.whitelist import Listed, WhitelistEntry
from admit.errors import Fault, Invalid, NotFound
from admit.faults import FaultCode, kind_of
from admit.job import MOST_FAULTS, Job, Outcome, RowFault, RowStatus
from admit.model import Shape
from admit.money import Money, minor_units
from admit.sheet import Column, Row, Sheet, read_sheet
from admit.store import Table

_MOST_REFERENCE = 120
_YES, _NO = {"yes", "true", "1"}, {"no", "false", "0"}


class ImportKind(StrEnum):
    TIERS = "tiers"
    WHITELIST = "whitelist"
    ORDERS = "orders"


class ImportFormat(StrEnum):
    """Whose columns a file has."""

    ADMIT = "admit"
    PRETIX = "pretix"
    EVENTBRITE = "eventbrite"


class ImportRequest(Shape):
    """What an organizer sends. The body has 256 KB at most, so a larger file is split."""

    kind: ImportKind
    format: ImportFormat = ImportFormat.ADMIT
    csv: Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)]
    dry_run: bool = False
    tier_id: str | None = None
    """Whose whitelist it is."""
    notify: bool = False
    """Whether buyers and holders of imported orders are mailed their tickets."""


class Entry[T](NamedTuple):
    """One thing to import, or an outcome that the file alone has decided."""

    row: int
    wanted: T | None
    outcome: Outcome | None = None


type Apply[T] = Callable[[T, int], Outcome]
"""Import what is wanted in this row."""


class Cells:
    """The cells of one row, read into values; what is wrong with them is gathered."""

    def __init__(self, sheet: Sheet, row: Row) -> None:
        self._sheet = sheet
        self._row = row
        self.faults: list[RowFault] = []
        if row.fault:
            self.faults.append(RowFault(row=row.number, field="", message=row.fault))

    @property
    def row(self) -> int:
        return self._row.number

    def text(self, name: str) -> str:
        return self._row.cells.get(name, "")

    def fault(self, name: str, message: str, code: str = FaultCode.INVALID, limit: int | None = None) -> None:
        header = self._sheet.headers.get(name, name)[:_MOST_REFERENCE]
        self.faults.append(RowFault.of(Fault(name, message, code, limit), self.row, header))

    def whole(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            self.fault(name, "is not a whole number", FaultCode.NOT_WHOLE)
            return None
        return int(text)

    def yes(self, name: str) -> bool | None:
        text = self.text(name).casefold()
        if text and text not in _YES | _NO:
            self.fault(name, "must be yes or no", FaultCode.NOT_YES_OR_NO)
        return text in _YES if text else None

    def amount(self, name: str, currency: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return minor_units(text, currency)
        except ValueError as wrong:
            self.fault(name, str(wrong))
            return None

    def moment(self, name: str, timezone: str) -> datetime | None:
        """Read a time of ISO 8601; one without an offset is the event's own."""
        text = self.text(name)
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
            return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fault(name, "is not a time; write it as 2027-06-03T09:00", FaultCode.NOT_A_TIME)
            return None

    def shape[S: Shape](
        self, model: type[S], columns: Mapping[str, str], values: Mapping[str, object]
    ) -> S | None:
        """Make a shape of values; a fault is said of the column that its field came from."""
        try:
            return model.model_validate(values)
        except ValidationError as invalid:
            for error in invalid.errors(include_url=False, include_input=False):
                field = str(error["loc"][0]) if error["loc"] else ""
                message = error["msg"].removeprefix("Value error, ")
                if error["type"] == "string_pattern_mismatch":
                    message = f"is not a valid {field}"
                self.fault(columns.get(field, field), message, *kind_of(error))
            return None


def refused(
    row: int, faults: Iterable[RowFault], *, code: str = "invalid_input", reference: str = ""
) -> Outcome:
    """Return the outcome of a row that stays out."""
    return Outcome(
        result=RowStatus.FAILED,
        reference=reference[:_MOST_REFERENCE] or None,
        code=code,
        errors=list(faults)[:MOST_FAULTS],
    )


# --- tiers ------------------------------------------------------------------------------------------------

_TIER_COLUMNS = [
    Column("title", ("title",), required=True),
    Column("price", ("price",), required=True),
    *(
        Column(name, (name,))
        for name in (
            "external_id",
            "category",
            "price_label",
            "payment_methods",
            "active",
            "private",
            "description_line",
            "description",
            "position",
            "ticket_limit",
            "ticket_limit_per",
            "address_required",
            "sale_starts_at",
            "sale_ends_at",
        )
    ),
]
_TIER_FIELDS = {"prices": "price", "external_ids": "external_id"}


class WantedTier(NamedTuple):
    category: str
    """Its title, empty where the file leaves it out."""
    settings: TierSettings
    """Holds the fields that the row gives; its category is none yet."""

    @property
    def external_id(self) -> str:
        return next(iter(self.settings.external_ids), "")


def read_tiers(request: ImportRequest, event: Event) -> tuple[Sheet, list[Entry[WantedTier]]]:
    """Read a file of tiers, one a row. Raises Invalid."""
    _only_our_format(request)
    sheet = read_sheet(request.csv, _TIER_COLUMNS)
    entries: list[Entry[WantedTier]] = []
    names: dict[str, int] = {}
    for row in sheet.rows:
        cells = Cells(sheet, row)
        wanted = _wanted_tier(cells, event)
        for column in ("external_id", "title"):
            name = f"{column} {cells.text(column).casefold()}"
            if cells.text(column) and names.setdefault(name, row.number) != row.number:
                cells.fault(column, f"stands in row {names[name]} already; a file has each tier once")
        if wanted is None or cells.faults:
            outcome = refused(row.number, cells.faults, reference=cells.text("title"))
            entries.append(Entry(row.number, None, outcome))
        else:
            entries.append(Entry(row.number, wanted))
    return sheet, entries


def _wanted_tier(cells: Cells, event: Event) -> WantedTier | None:
    amount = cells.amount("price", event.currency)
    if amount is None:
        if not cells.faults:
            cells.fault("price", "is empty; write 0 for a free ticket")
        return None
    methods = cells.text("payment_methods").casefold().replace(",", " ").replace(";", " ").split()
    if unknown := [method for method in methods if method not in set(PaymentMethod)]:
        cells.fault(
            "payment_methods", f"may be {', '.join(PaymentMethod)}; {unknown[0][:20]} is none of them"
        )
        return None
    price = cells.shape(
        PriceSettings,
        {"amount": "price", "label": "price_label", "": "price"},
        {
            "amount": Money(amount=amount, currency=event.currency),
            "label": cells.text("price_label"),
            "payment_methods": [PaymentMethod(method) for method in methods] or None,
        },
    )
    given = {
        "title": cells.text("title"),
        "prices": [price],
        "external_ids": [cells.text("external_id")] if cells.text("external_id") else None,
        "description_line": cells.text("description_line") or None,
        "description": cells.text("description") or None,
        **{name: cells.whole(name) for name in ("position", "ticket_limit", "ticket_limit_per")},
        **{name: cells.yes(name) for name in ("active", "private", "address_required")},
        **{name: cells.moment(name, event.timezone) for name in ("sale_starts_at", "sale_ends_at")},
    }
    if price is None:
        return None
    fields = {name: value for name, value in given.items() if value is not None}
    settings = cells.shape(TierSettings, _TIER_FIELDS, {"category": "", **fields})
    return WantedTier(cells.text("category"), settings) if settings else None


def tier_importer(table: Table, job: Job, sheet: Sheet) -> Apply[WantedTier]:
    """Return what creates a tier, or changes the one that has its external id or title."""

    def apply(wanted: WantedTier, row: int) -> Outcome:
        catalog = load_catalog(table, job.event_id)
        tier = find_tier(catalog, [wanted.external_id, wanted.settings.title])
        category_id = _category_id(catalog, wanted.category)
        if category_id is None:
            known = ", ".join(category.title for category in catalog.categories.values())
            fault = RowFault(
                row=row, field=sheet.headers["category"], message=f"is none of this event: {known}"
            )
            return refused(row, [fault], reference=wanted.settings.title)
        settings = wanted.settings.model_copy(update={"category": category_id})
        if tier is None:
            if job.dry_run:
                return Outcome(result=RowStatus.WOULD_CREATE, reference=settings.title)
            identifier = ids.derived_id("tier", job.event_id, "import", wanted.external_id or settings.title)
            created = create_tier(table, catalog, settings, tier_id=identifier, new_id=ids.random_id)
            return Outcome(result=RowStatus.CREATED, reference=created.id)
        if _as_wanted(tier, settings, category_given=bool(wanted.category)):
            return Outcome(result=RowStatus.UNCHANGED, reference=tier.id)
        if job.dry_run:
            return Outcome(result=RowStatus.WOULD_CHANGE, reference=tier.id)
        _change_tier(table, catalog, tier, settings, category_given=bool(wanted.category))
        return Outcome(result=RowStatus.CHANGED, reference=tier.id)

    return apply


def find_tier(catalog: Catalog, names: Iterable[str]) -> Tier | None:
    """Return the tier that the first fitting name means: an external id, else a title in any case."""
    tiers = list(catalog.tiers.values())
    for name in filter(None, names):
        by_id = [tier for tier in tiers if name in tier.external_ids]
        by_title = [tier for tier in tiers if tier.title.casefold() == name.casefold()]
        if found := by_id or by_title:
            return found[0]
    return None


def _category_id(catalog: Catalog, title: str) -> str | None:
    """Return the category with this title, the event's first for none."""
    for category, _ in catalog.in_order():
        if not title or category.title.casefold() == title.casefold():
            return category.id
    return None


def _as_wanted(tier: Tier, settings: TierSettings, *, category_given: bool) -> bool:
    """Say whether a tier has all that a row gives; what the row leaves out may be anything."""
    left_out = {"prices", "external_ids"} | (set() if category_given else {"category"})
    wanted = settings.prices[0] if settings.prices else None
    price = tier.prices[0] if tier.prices else None
    return (
        all(getattr(tier, name) == getattr(settings, name) for name in settings.model_fields_set - left_out)
        and set(settings.external_ids) <= set(tier.external_ids)
        and wanted is not None
        and price is not None
        and (price.amount, price.label) == (wanted.amount, wanted.label)
        and wanted.payment_methods in (None, price.payment_methods)
    )


def _change_tier(
    table: Table, catalog: Catalog, tier: Tier, settings: TierSettings, *, category_given: bool
) -> None:
    """Give a tier what a row says; its first price keeps its id, and what the row leaves out stays."""
    first = settings.prices[0] if settings.prices else None
    kept = set(PriceSettings.model_fields)
    present = [PriceSettings(**price.model_dump(include=kept)) for price in tier.prices]
    if first is not None and present:
        methods = first.payment_methods or present[0].payment_methods
        update = {"amount": first.amount, "label": first.label, "payment_methods": methods}
        present[0] = present[0].model_copy(update=update)
    elif first is not None:
        present = [first]
    given = settings.model_fields_set - ({"prices"} if category_given else {"prices", "category"})
    fields = {name: getattr(settings, name) for name in given} | {
        "prices": present,
        "external_ids": sorted({*tier.external_ids, *settings.external_ids}),
    }
    edit_tier(table, catalog, tier.id, TierPatch.model_validate(fields), new_id=ids.random_id)


# --- whitelist --------------------------------------------------------------------------------------------

_WHITELIST_COLUMNS = [Column("email", ("email", "e-mail")), Column("domain", ("domain",))]


def read_whitelist(request: ImportRequest, catalog: Catalog) -> tuple[Sheet, list[Entry[Listed]]]:
    """Read a file of addresses and domains, one a row. Raises Invalid."""
    _only_our_format(request)
    _whitelisted_tier(catalog, request)
    sheet = read_sheet(request.csv, _WHITELIST_COLUMNS)
    entries: list[Entry[Listed]] = []
    for row in sheet.rows:
        cells = Cells(sheet, row)
        values = {name: cells.text(name) for name in ("email", "domain") if cells.text(name)}
        listed = cells.shape(Listed, {"": "email"}, values)
        outcome = refused(row.number, cells.faults) if cells.faults else None
        entries.append(Entry(row.number, listed if outcome is None else None, outcome))
    return sheet, entries


def whitelist_importer(table: Table, job: Job, request: ImportRequest, catalog: Catalog) -> Apply[Listed]:
    """Return what adds an entry to the whitelist of a tier. Raises Invalid."""
    tier = _whitelisted_tier(catalog, request)

    def apply(listed: Listed, row: int) -> Outcome:
        there = table.get(WhitelistEntry.of_listed(listed, job.event_id, tier.id).key)
        if there is not None:
            return Outcome(result=RowStatus.UNCHANGED, reference=listed.name)
        if job.dry_run:
            return Outcome(result=RowStatus.WOULD_CREATE, reference=listed.name)
        change_whitelist(table, catalog, tier.id, add=[listed], remove=[])
        return Outcome(result=RowStatus.CREATED, reference=listed.name)

    return apply


def _whitelisted_tier(catalog: Catalog, request: ImportRequest) -> Tier:
    if request.tier_id is None:
        raise Invalid.field("tier_id", "is needed for a whitelist")
    tier = catalog.tiers.get(request.tier_id)
    if tier is None:
        raise NotFound("There is no such tier.")
    return tier


def _only_our_format(request: ImportRequest) -> None:
    if request.format is not ImportFormat.ADMIT:
        raise Invalid.field("format", f"must be admit for {request.kind}: other systems export none")
