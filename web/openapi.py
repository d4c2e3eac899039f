"""Write web/openapi.json from the routes of the handlers; the pages' client is generated from it.

`python web/openapi.py --check` writes nothing and fails when the file is not what the handlers say.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "web" / "openapi.json"
FUNCTIONS = (
    "purchase",
    "settle",
    "my_tickets",
    "wallet",
    "checkin",
    "cart",
    "organizer",
    "catalog",
    "wording",
    "seating",
    "badges",
    "door",
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
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
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
    for operations in paths.values():
        for operation in operations.values():
            _describe_refusals(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Admit", "version": "1"},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items()))},
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
