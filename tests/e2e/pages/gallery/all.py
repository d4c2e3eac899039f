"""All states of all pages, in the order of its files."""

from tests.e2e.pages.gallery.scene import STATES
from tests.e2e.pages.gallery.visitors import (
    account,
    checkout,
    event,
    order,
    passing_on,
    rest,
    ticket,
    waiting,
)
from tests.e2e.pages.gallery.work import (
    door,
    doors,
    events,
    frame,
    office,
    orders,
    people,
    portal,
    reports,
    setup,
)

_FILES = (
    event,
    checkout,
    order,
    ticket,
    passing_on,
    waiting,
    account,
    rest,
    frame,
    events,
    orders,
    setup,
    people,
    office,
    reports,
    doors,
    door,
    portal,
)

GALLERY = {state.name: state for file in _FILES for state in STATES if state.show.__module__ == file.__name__}
