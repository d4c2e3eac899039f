"""The edge: what is refused is a problem with a code and its fields, and nothing secret is logged."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from admit.aws import http, settings
from admit.aws.http import AccessKey, Api
from admit.aws.log import logger
from admit.errors import AdmitError, PriceChanged, SoldOut, Unauthenticated, Unavailable
from admit.model import Shape


class Line(Shape):
    tier_id: str
    quantity: Annotated[int, Field(ge=1)]


class Body(Shape):
    lines: list[Line]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("TABLE_NAME", "admit")
    settings.workshop.cache_clear()
    api = Api()

    @api.post("/orders/<order_id>")
    def place(order_id: str, body: Body, key: AccessKey) -> Body:
        return body

    @api.post("/notes")
    def write(body: Line | None = None) -> Line | None:
        return body

    @api.get("/who")
    def who() -> str:
        return api.signed_in

    @api.get("/address")
    def address() -> str:
        context: Any = api.current_event.raw_event["requestContext"]
        return str(context["path"])

    @api.get("/fail/<what>")
    def fail(what: str) -> str:
        raise {
            "sold_out": SoldOut("Gone."),
            "busy": Unavailable(),
            "changed": PriceChanged(extra={"quote": {"total": 1}}),
        }.get(what, RuntimeError("the buyer's secret is hunter2"))

    yield api
    settings.workshop.cache_clear()


def an_event(method: str, path: str, body: Any = None, **fields: Any) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "X-Admit-Key": "order-key-secret"}
    return {
        "httpMethod": method,
        "path": path,
        "resource": path,
        "headers": headers | fields.pop("headers", {}),
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "req-1",
            "path": f"/prod{path}",
            "domainName": "api.example",
            **fields,
        },
    }


def refused(app: Api, *request: Any, **fields: Any) -> dict[str, Any]:
    answer = app.resolve(an_event(*request, **fields), None)
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/problem+json"]
    assert answer["multiValueHeaders"]["Cache-Control"] == ["no-store"]
    problem: dict[str, Any] = json.loads(answer["body"])
    assert problem["status"] == answer["statusCode"]
    assert problem["request_id"] == "req-1"
    return problem


def fields(problem: dict[str, Any]) -> dict[str, str]:
    return {error["field"]: error["message"] for error in problem["errors"]}


GOOD = {"lines": [{"tier_id": "t", "quantity": 1}]}


def test_a_good_request_is_answered(app: Api) -> None:
    answer = app.resolve(an_event("POST", "/orders/1", GOOD), None)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, GOOD)


def test_no_answer_is_kept_or_taken_for_something_else_unless_its_route_says_so(app: Api) -> None:
    @app.get("/menu")
    def menu() -> Response[str]:
        return Response(200, "text/plain", "Soup", headers={"Cache-Control": "public, max-age=1"})

    said = app.resolve(an_event("GET", "/menu"), None)["multiValueHeaders"]
    unsaid = app.resolve(an_event("POST", "/orders/1", GOOD), None)["multiValueHeaders"]
    assert (said["Cache-Control"], unsaid["Cache-Control"]) == (["public, max-age=1"], ["no-store"])
    assert said["X-Content-Type-Options"] == unsaid["X-Content-Type-Options"] == ["nosniff"]


def test_a_body_that_may_be_left_out_may_be_left_out(app: Api) -> None:
    assert app.resolve(an_event("POST", "/notes"), None)["statusCode"] == 200
    assert app.resolve(an_event("POST", "/notes", ""), None)["statusCode"] == 200
    assert refused(app, "POST", "/notes", {"tier_id": "t"})["status"] == 422


def test_each_field_at_fault_is_named_as_the_client_wrote_it(app: Api) -> None:
    body = {"lines": [{"tier_id": "t", "quantity": 0, "colour": 1}, {"quantity": "x"}]}

    problem = refused(app, "POST", "/orders/1", body)

    assert (problem["status"], problem["code"]) == (422, "invalid_input")
    assert [(error["code"], error.get("limit")) for error in problem["errors"]] == [
        ("at_least", 1),
        ("unknown_field", None),
        ("missing", None),
        ("not_whole", None),
    ]
    assert fields(problem) == {
        "lines[0].quantity": "input should be greater than or equal to 1",
        "lines[0].colour": "is not a known field",
        "lines[1].tier_id": "is missing",
        "lines[1].quantity": "input should be a valid integer, unable to parse string as an integer",
    }


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ("{", {}, 400, "malformed_body"),
        ("[" * 100_000, {}, 400, "malformed_body"),
        ("9" * 5_000, {}, 400, "malformed_body"),
        ("lines=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_content_type"),
        ("{}", {"Content-Type": "text/plain"}, 415, "unsupported_content_type"),
        ("[" + " " * http.MAX_BODY + "]", {}, 413, "body_too_large"),
    ],
)
def test_a_body_that_can_not_be_read_says_why(
    app: Api, body: str, headers: dict[str, str], status: int, code: str
) -> None:
    problem = refused(app, "POST", "/orders/1", body, headers=headers)
    assert (problem["status"], problem["code"]) == (status, code)


def test_a_missing_header_is_named(app: Api) -> None:
    event = an_event("POST", "/orders/1", GOOD)
    del event["headers"]["X-Admit-Key"]

    problem = json.loads(app.resolve(event, None)["body"])

    assert fields(problem) == {"x-admit-key": "is missing"}


def test_an_unknown_address_is_a_problem_too(app: Api) -> None:
    assert refused(app, "GET", "/nothing")["code"] == "not_found"


@pytest.mark.parametrize(
    ("what", "status"), [("sold_out", 409), ("busy", 503), ("changed", 409), ("else", 500)]
)
def test_every_error_has_its_status(app: Api, what: str, status: int) -> None:
    assert refused(app, "GET", f"/fail/{what}")["status"] == status


def test_what_an_error_carries_stands_in_the_problem(app: Api) -> None:
    assert refused(app, "GET", "/fail/changed")["quote"] == {"total": 1}


def test_every_kind_of_error_has_one_status() -> None:
    def kinds(kind: type[AdmitError]) -> Iterator[type[AdmitError]]:
        for below in kind.__subclasses__():
            yield below
            yield from kinds(below)

    for kind in kinds(AdmitError):
        assert sum(issubclass(kind, known) for known in http.STATUS) == 1, kind
        assert kind.code
        assert kind.sentence


@pytest.mark.parametrize(
    "claims",
    [
        None,
        {"email": "kari@polar.example", "email_verified": "false", "token_use": "id"},
        {"email": "kari@polar.example", "email_verified": "true", "token_use": "access"},
        {"email_verified": "true"},
    ],
)
def test_only_a_verified_id_token_signs_anybody_in(app: Api, claims: dict[str, str] | None) -> None:
    assert refused(app, "GET", "/who", authorizer={"claims": claims})["code"] == Unauthenticated.code


def test_a_signed_in_address_is_normalised(app: Api) -> None:
    claims = {"email": "Kari@Polar.Example", "email_verified": "true", "token_use": "id"}
    answer = app.resolve(an_event("GET", "/who", authorizer={"claims": claims}), None)
    assert answer["body"] == "kari@polar.example"


def test_no_secret_and_no_message_reaches_the_log(app: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    log = StringIO()
    monkeypatch.setattr(logger.handlers[0], "stream", log)

    refused(app, "GET", "/fail/else")
    app.resolve(an_event("POST", "/orders/1", GOOD), None)

    logged = log.getvalue()
    assert "hunter2" not in logged
    assert "order-key-secret" not in logged
    assert "RuntimeError" in logged
    assert "test_http.py" in logged
