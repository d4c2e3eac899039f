"""Assigning by spreadsheet: the export comes back filled in, and each row is told what became of it."""

import csv
from collections.abc import Iterator
from io import StringIO

import pytest

from admit.aws.table import DynamoTable
from tests.engine.hands import bought, given, opened_free, ticket_of, worked_off
from tests.engine.till import Json, Till, tills


@pytest.fixture
def till(table: DynamoTable) -> Iterator[Till]:
    with tills(table) as opens:
        yield opened_free(opens)


def rows_of(till: Till, order: Json) -> list[dict[str, str]]:
    answer = till.api.get(f"/public/orders/{order['id']}/assignments.csv", key=order["key"])
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))


def sent(till: Till, order: Json, rows: list[dict[str, str]], *, dry_run: bool = False) -> Json:
    """Send a filled in file and let it be worked off; return the job with its rows."""
    file = StringIO(newline="")
    writer = csv.DictWriter(file, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    path = f"/public/orders/{order['id']}/assignments"
    answer = till.api.post(path, {"csv": file.getvalue(), "dry_run": dry_run}, key=order["key"])
    assert answer.status == 202, answer.text
    worked_off(till, "assign_tickets")
    return dict(till.api.get(f"{path}/{answer.body['id']}", key=order["key"]).body)


def filled(rows: list[dict[str, str]], *emails: str) -> list[dict[str, str]]:
    names = {"new_first_name": "Guest", "new_last_name": "Nordmann"}
    return [row | names | {"new_email": email} for row, email in zip(rows, emails, strict=True)]


def test_an_export_that_is_filled_in_and_sent_back_gives_the_tickets_away(till: Till) -> None:
    order = bought(till, 2)

    job = sent(till, order, filled(rows_of(till, order), "a@polar.example", "b@polar.example"))

    holders = [ticket.holder for ticket in till.tickets(order)]
    assert [holder and holder.name for holder in holders] == ["Guest Nordmann", "Guest Nordmann"]
    assert [holder and holder.email for holder in holders] == ["a@polar.example", "b@polar.example"]
    assert (job["status"], job["changed"], job["unknown_columns"]) == ("done", 2, [])
    assert [row["current_name"] for row in rows_of(till, order)] == ["Guest Nordmann", "Guest Nordmann"]


def test_two_bad_rows_are_named_and_the_others_are_not_lost(till: Till) -> None:
    order, other = bought(till, 4), bought(till)
    rows = filled(rows_of(till, order), "a@polar.example", "no address", "c@polar.example", "d@polar.example")
    rows[2]["ticket_id"] = f"{other['id']}-1"

    job = sent(till, order, rows)

    assert (job["changed"], job["failed"]) == (2, 2)
    faults = [(one["row"], one["field"], one["code"]) for row in job["rows"] for one in row["errors"]]
    assert faults == [(3, "new_email", "not_an_email"), (4, "ticket_id", "invalid")]
    assert ticket_of(till, other).holder is None


def test_a_dry_run_says_what_it_would_do_and_does_nothing(till: Till) -> None:
    order = bought(till, 3)
    given(till, order, 2, name="Guest Nordmann", email="b@polar.example")
    till.scan(till.door(), order, 3)
    rows = filled(rows_of(till, order), "a@polar.example", "b@polar.example", "c@polar.example")

    job = sent(till, order, rows, dry_run=True)

    assert [row["result"] for row in job["rows"]] == ["would_change", "unchanged", "failed"]
    assert job["rows"][2]["code"] == "already_checked_in"
    assert ticket_of(till, order).holder is None


def test_empty_rows_are_passed_over_and_the_same_file_again_changes_nothing(till: Till) -> None:
    order = bought(till, 2)
    rows = rows_of(till, order)
    rows[0] |= {"new_email": "a@polar.example", "new_first_name": "Guest"}

    first, again = sent(till, order, rows), sent(till, order, rows)

    assert [row["result"] for row in first["rows"]] == ["changed", "skipped"]
    assert [row["result"] for row in again["rows"]] == ["unchanged", "skipped"]
    assert ticket_of(till, order).revision == 1


def test_a_cell_that_a_spreadsheet_would_calculate_is_exported_as_text(till: Till) -> None:
    order = bought(till)
    given(till, order, name="=1+1", email="a@polar.example")

    assert [row["current_name"] for row in rows_of(till, order)] == ["'=1+1"]


def test_a_job_is_shown_to_its_order_alone(till: Till) -> None:
    order, other = bought(till), bought(till)
    job = sent(till, order, filled(rows_of(till, order), "a@polar.example"))

    answer = till.api.get(f"/public/orders/{other['id']}/assignments/{job['id']}", key=other["key"])

    assert answer.status == 404
