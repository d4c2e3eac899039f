"""How the workplaces of an organizer are opened, and what they ask the API."""

from tests.e2e.clients import Json, User
from tests.e2e.pages.gallery.scene import Scene, moment
from tests.e2e.pages.steps import be_signed_in

# Addresses of the API: those of the pages hold the same words below /work.
ORGANIZER = r"(?<!/work)/organizer/[^/]+"
EVENT = rf"{ORGANIZER}/events/[^/]+"


def at_work(scene: Scene, part: str = "", user: User | None = None) -> None:
    stack = scene.world.stack
    be_signed_in(scene.page, stack, user or stack.users["organizer"])
    scene.open(f"/work/organizer/{stack.organizer_id}{part}")


def at_event(scene: Scene, part: str, event: Json | None = None, user: User | None = None) -> None:
    at_work(scene, f"/events/{(event or scene.world.fair.event)['id']}/{part}", user)


def nothing(listed: Json) -> None:
    listed.update(items=[], cursor=None)


def job(**said: object) -> Json:
    counted = dict.fromkeys(("created", "changed", "unchanged", "skipped", "failed"), 0)
    return {
        "id": "job",
        "kind": "bank_statement",
        "status": "running",
        "dry_run": True,
        "created_by": "organizer@admit.example",
        "created_at": moment(),
        "finished_at": None,
        "unknown_columns": [],
        "total": 40,
        "done": 12,
        **counted,
        "error": None,
        **said,
    }
