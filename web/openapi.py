"""Write web/openapi.json from the routes of the handlers; the pages' client is generated from it.

`python web/openapi.py --check` writes nothing and fails when the file is not what the handlers say.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any, get_args

from admit.faults import FaultCode
from admit.hooks.payload import PAYLOADS

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "web" / "openapi.json"
FUNCTIONS = (
    "purchase",
    "settle",
    "acts",
    "my_tickets",
    "wallet",
    "checkin",
    "cart",
    "organizer",
    "account",
    "catalog",
    "wording",
    "seating",
    "badges",
    "door",
    "reports",
    "webhooks",
)

PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message", "code"],
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "code": {"type": "string", "description": f"One of {', '.join(FaultCode)}"},
                    "limit": {"type": "integer", "description": "The bound that was missed"},
                },
            },
        },
    },
}

SIGNED_IN = {
    "signed_in": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The ID token of who has signed in.",
    },
    "api_key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "admit_<id>_<secret>",
        "description": "A key of an organizer's account.",
    },
}


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all functions together."""
    os.environ.setdefault("TABLE_NAME", "admit")
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "admit")
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": PROBLEM}
    for function in FUNCTIONS:
        part = json.loads(_app(function).get_openapi_json_schema(title="Admit", version="1"))
        for path, operations in part["paths"].items():
            paths.setdefault(path, {}).update(operations)
        for name, schema in part.get("components", {}).get("schemas", {}).items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two shapes share the name {name}")
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        schemas.pop(name, None)
    for path, operations in paths.items():
        for operation in operations.values():
            _describe_refusals(operation)
            operation.update(_signed_in(path))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Admit", "version": "1"},
        "paths": dict(sorted(paths.items())),
        "webhooks": _webhooks(),
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": SIGNED_IN},
    }


def _app(function: str) -> Any:
    name = f"functions.{function}"
    spec = importlib.util.spec_from_file_location(name, ROOT / "functions" / function / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


def _describe_refusals(operation: dict[str, Any]) -> None:
    """Replace the framework's own error shapes by ours: every refusal is a problem."""
    responses = {status: body for status, body in operation["responses"].items() if status < "400"}
    responses["default"] = {
        "description": "A problem",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    operation["responses"] = responses


def _signed_in(path: str) -> dict[str, Any]:
    """Say by what the caller of a route has to show who he is, where that is asked."""
    if path.startswith("/organizer"):
        return {"security": [{"signed_in": []}, {"api_key": []}]}
    if path.startswith(("/me", "/distribution")):
        return {"security": [{"signed_in": []}]}
    return {}


def _webhooks() -> dict[str, Any]:
    """Describe what other systems are told, by type; the shapes are those of a delivery's payload."""
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ]
    return {
        str(told): {
            "post": {
                "parameters": headers,
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}
                    },
                },
                "responses": {"2XX": {"description": "It was taken; any other answer has it sent again."}},
            }
        }
        for shape in PAYLOADS
        for told in get_args(shape.model_fields["type"].annotation)
    }


def main() -> int:
    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if "--check" in sys.argv:
        if TARGET.read_text() == text:
            return 0
        print("web/openapi.json is not what the handlers say; run `make openapi`", file=sys.stderr)
        return 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
