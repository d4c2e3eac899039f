"""Tiers, categories and questions are put in order, all in one transaction."""

from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field

from admit.catalog.amend import Amendment, amend
from admit.catalog.catalog import Catalog
from admit.catalog.edit_question import broken_conditions
from admit.errors import Fault, Invalid
from admit.model import Shape
from admit.store import Table

type Order = Annotated[list[str], Field(max_length=100)]


class TierOrder(Shape):
    """Tiers in the order in which they shall stand, each within its category."""

    tiers: Order


class CategoryOrder(Shape):
    """Categories in the order in which they shall stand."""

    categories: Order


class QuestionOrder(Shape):
    """Questions in the order in which they shall stand."""

    questions: Order


def reorder_tiers(table: Table, catalog: Catalog, order: TierOrder) -> Catalog:
    """Number the tiers of each category from nothing up; those that are not named follow. Raises Invalid."""

    def decide(catalog: Catalog) -> Amendment[Catalog]:
        place = _places(order.tiers, catalog.tiers, "tiers")
        moved = [
            tier.model_copy(update={"position": position, "revision": tier.revision + 1})
            for category_id in {tier.category for tier in catalog.tiers.values()}
            for position, tier in enumerate(
                sorted(catalog.tiers_in(category_id), key=lambda tier: place.get(tier.id, len(place)))
            )
            if tier.position != position
        ]
        tiers = {**catalog.tiers, **{tier.id: tier for tier in moved}}
        writes = [tier.put().over(tier.revision - 1) for tier in moved]
        return Amendment(Catalog(**{**vars(catalog), "tiers": tiers}), [*writes])

    return amend(table, catalog, decide)


def reorder_categories(table: Table, catalog: Catalog, order: CategoryOrder) -> Catalog:
    """Number the categories from nothing up; those that are not named follow. Raises Invalid."""

    def decide(catalog: Catalog) -> Amendment[Catalog]:
        place = _places(order.categories, catalog.categories, "categories")
        present = [category for category, _ in catalog.in_order()]
        moved = [
            category.model_copy(update={"position": position, "revision": category.revision + 1})
            for position, category in enumerate(
                sorted(present, key=lambda category: place.get(category.id, len(place)))
            )
            if category.position != position
        ]
        categories = {**catalog.categories, **{category.id: category for category in moved}}
        writes = [category.put().over(category.revision - 1) for category in moved]
        return Amendment(Catalog(**{**vars(catalog), "categories": categories}), [*writes])

    return amend(table, catalog, decide)


def reorder_questions(table: Table, catalog: Catalog, order: QuestionOrder) -> Catalog:
    """Number the questions from nothing up; those that are not named follow. Raises Invalid."""

    def decide(catalog: Catalog) -> Amendment[Catalog]:
        place = _places(order.questions, catalog.questions, "questions")
        present = sorted(catalog.questions.values(), key=lambda question: question.place)
        moved = [
            question.model_copy(update={"position": position, "revision": question.revision + 1})
            for position, question in enumerate(
                sorted(present, key=lambda question: place.get(question.id, len(place)))
            )
            if question.position != position
        ]
        questions = {**catalog.questions, **{question.id: question for question in moved}}
        if broken := broken_conditions(questions):
            titles = ", ".join(f"{one.question.title!r}" for one in broken)
            raise Invalid.field("questions", f"would put before what they depend on: {titles}")
        writes = [question.put().over(question.revision - 1) for question in moved]
        return Amendment(Catalog(**{**vars(catalog), "questions": questions}), [*writes])

    return amend(table, catalog, decide)


def _places(order: Sequence[str], known: Collection[str], field: str) -> dict[str, int]:
    faults = [
        Fault(f"{field}[{at}]", "is not known, or there twice")
        for at, identifier in enumerate(order)
        if identifier not in known or identifier in order[:at]
    ]
    if faults:
        raise Invalid(faults=faults)
    return {identifier: at for at, identifier in enumerate(order)}
