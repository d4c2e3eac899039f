"""Check-in lists are added and changed."""

from dataclasses import replace

from admit.catalog.amend import Amendment, amend, made_before
from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import CheckInList
from admit.catalog.entrance import CheckInListPatch, CheckInListSettings
from admit.errors import Fault, Invalid, NotFound, NotReady
from admit.model import merged, request_hash
from admit.store import Put, Table

_MOST = 50
_MOST_TIERS = 100
"""Of one list, those of its categories among them: a condition names no more values in one comparison."""


def create_list(
    table: Table, catalog: Catalog, settings: CheckInListSettings, *, list_id: str
) -> CheckInList:
    """Add a check-in list; the same request again answers the one that it made.

    Raises Invalid, NotReady, IdempotencyConflict.
    """
    hashed = request_hash(settings)

    def decide(catalog: Catalog) -> Amendment[CheckInList]:
        if earlier := made_before(catalog.lists, list_id, hashed):
            return Amendment(earlier, [])
        if len(catalog.lists) >= _MOST:
            raise NotReady(f"An event has {_MOST} check-in lists at most; remove one first.")
        made = CheckInList(**dict(settings), id=list_id, event_id=catalog.event.id, request_hash=hashed)
        _refuse_unfit(catalog, made)
        return Amendment(made, [made.put()])

    return amend(table, catalog, decide)


def edit_list(table: Table, catalog: Catalog, list_id: str, patch: CheckInListPatch) -> CheckInList:
    """Change what a patch names; doors go by it after the seconds that they keep a catalog.

    Raises NotFound, Invalid.
    """

    def decide(catalog: Catalog) -> Amendment[CheckInList]:
        rules = list_of(catalog, list_id)
        settings = merged(CheckInListSettings, rules.model_dump(), patch)
        edited = rules.model_copy(update=dict(settings))
        _refuse_unfit(catalog, edited)
        return Amendment(edited, [over_present(edited.put())])

    return amend(table, catalog, decide)


def list_of(catalog: Catalog, list_id: str) -> CheckInList:
    """Raises NotFound."""
    if list_id not in catalog.lists:
        raise NotFound("There is no such check-in list.")
    return catalog.lists[list_id]


def over_present(put: Put) -> Put:
    """Return the write that takes the place of a part of a catalog; the event's revision guards the rest."""
    # False when it was removed since it was read.
    still_there = "attribute_exists(pk)"
    return replace(put, condition=still_there)


def _refuse_unfit(catalog: Catalog, rules: CheckInList) -> None:
    """Refuse what can't be right beside the rest of the catalog, every field at once."""
    sections = {section.id for section in catalog.seating.sections} if catalog.seating else set()
    named = (
        ("tier_ids", rules.tier_ids, catalog.tiers, "a tier of this event"),
        ("category_ids", rules.category_ids, catalog.categories, "a category of this event"),
        ("section_ids", rules.section_ids, sections, "a section of the seating plan"),
    )
    faults = [
        Fault(f"{field}[{at}]", f"is not {what}")
        for field, ids, known, what in named
        for at, identifier in enumerate(ids)
        if identifier not in known
    ]
    of_categories = {tier.id for tier in catalog.tiers.values() if tier.category in rules.category_ids}
    if len(of_categories.union(rules.tier_ids)) > _MOST_TIERS:
        faults.append(Fault("tier_ids", f"would be more than {_MOST_TIERS} tiers; make several lists"))
    if catalog.zone(rules.zone_id) is None:
        faults.append(Fault("zone_id", "is not a zone of this event"))
    if rules.starts_at and rules.ends_at and rules.ends_at <= rules.starts_at:
        faults.append(Fault("ends_at", "must be after starts_at"))
    if faults:
        raise Invalid(faults=faults)
