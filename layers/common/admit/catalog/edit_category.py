"""Categories are added, changed and, when empty, removed."""

from admit import keys
from admit.catalog.amend import Amendment, amend, made_before
from admit.catalog.catalog import Catalog
from admit.catalog.tier import Category, CategoryPatch, CategorySettings
from admit.errors import InUse, NotFound
from admit.model import merged, request_hash
from admit.store import Delete, Table


def create_category(
    table: Table, catalog: Catalog, settings: CategorySettings, *, category_id: str
) -> Category:
    """Add a category behind the others; the same request again answers the one that it made."""
    hashed = request_hash(settings)

    def decide(catalog: Catalog) -> Amendment[Category]:
        if earlier := made_before(catalog.categories, category_id, hashed):
            return Amendment(earlier, [])
        last = max((category.position for category in catalog.categories.values()), default=-1)
        position = last + 1 if settings.position is None else settings.position
        category = Category(
            id=category_id,
            event_id=catalog.event.id,
            request_hash=hashed,
            **(settings.model_dump() | {"position": position}),
        )
        return Amendment(category, [category.put()])

    return amend(table, catalog, decide)


def edit_category(table: Table, catalog: Catalog, category_id: str, patch: CategoryPatch) -> Category:
    """Change what a patch names. Raises NotFound, Invalid."""

    def decide(catalog: Catalog) -> Amendment[Category]:
        category = _category(catalog, category_id)
        settings = merged(CategorySettings, category.model_dump(), patch)
        position = category.position if settings.position is None else settings.position
        edited = category.model_copy(
            update=settings.model_dump() | {"position": position, "revision": category.revision + 1}
        )
        return Amendment(edited, [edited.put().over(category.revision)])

    return amend(table, catalog, decide)


def remove_category(table: Table, catalog: Catalog, category_id: str) -> None:
    """Remove a category that has no tiers and that no check-in list names. Raises NotFound, InUse."""

    def decide(catalog: Catalog) -> Amendment[None]:
        category = _category(catalog, category_id)
        if tiers := catalog.tiers_in(category_id):
            names = ", ".join(tier.title for tier in tiers)
            raise InUse(f"This category is not empty: {names}. Move its tiers first.")
        if lists := [rules.title for rules in catalog.lists.values() if category_id in rules.category_ids]:
            raise InUse(f"Check-in lists name this category: {', '.join(lists)}.")
        # False when the category was changed since it was read.
        unchanged = "revision = :revision"
        gone = Delete(
            keys.category(category.event_id, category.id), unchanged, {"revision": category.revision}
        )
        return Amendment(None, [gone])

    amend(table, catalog, decide)


def _category(catalog: Catalog, category_id: str) -> Category:
    if category_id not in catalog.categories:
        raise NotFound("There is no such category.")
    return catalog.categories[category_id]
