"""The house: what may import what, and what stays out of the domain."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ADMIT = Path("layers/common/admit")
# Each folder imports only itself, what stands before it, and the modules beside the folders.
ORDER = [
    "press",
    "stock",
    "catalog",
    "seating",
    "people",
    "badges",
    "orders",
    "tickets",
    "passes",
    "payments",
    "distribution",
    "door",
    "insight",
    "mail",
    "hooks",
    "acts",
    "aws",
]
OUTWARD = {"boto3", "botocore", "aws_lambda_powertools", "mypy_boto3_dynamodb", "os"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def modules(folder: str) -> list[Path]:
    return sorted((ADMIT / folder).glob("*.py"))


@pytest.mark.parametrize("folder", ORDER)
def test_a_folder_imports_only_what_stands_before_it(folder: str) -> None:
    later = ORDER[ORDER.index(folder) + 1 :]
    found = [
        (path.name, name)
        for path in modules(folder)
        for name in imports(path)
        if name.startswith("admit.") and name.split(".")[1] in later
    ]
    assert found == []


def test_the_modules_beside_the_folders_import_no_folder() -> None:
    found = [
        (path.name, name)
        for path in sorted(ADMIT.glob("*.py"))
        for name in imports(path)
        if name.startswith("admit.") and name.split(".")[1] in ORDER
    ]
    assert found == []


@pytest.mark.parametrize("folder", [folder for folder in ORDER if folder != "aws"])
def test_the_domain_knows_neither_aws_nor_the_environment(folder: str) -> None:
    found = [
        (path.name, name)
        for path in modules(folder)
        for name in imports(path)
        if name.split(".")[0] in OUTWARD
    ]
    assert found == []


def test_stripe_is_imported_by_one_module() -> None:
    found = {
        path.relative_to(ADMIT).as_posix()
        for path in ADMIT.rglob("*.py")
        for name in imports(path)
        if name.split(".")[0] == "stripe"
    }
    assert found == {"payments/stripe_gateway.py"}


def test_only_the_domain_of_time_reads_the_clock() -> None:
    found = {
        path.relative_to(ADMIT).as_posix()
        for path in ADMIT.rglob("*.py")
        if "datetime.now(" in path.read_text() or "time.time(" in path.read_text()
    }
    assert found == {"clock.py"}


def test_no_key_is_written_outside_the_module_of_keys() -> None:
    found = {
        path.relative_to(ADMIT).as_posix()
        for path in ADMIT.rglob("*.py")
        if path.name not in ("keys.py", "store.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Key"
        and any(isinstance(argument, ast.JoinedStr | ast.Constant) for argument in node.args)
    }
    assert found == set()


@pytest.mark.parametrize("handler", sorted(Path("functions").glob("*/handler.py")), ids=str)
def test_a_handler_has_no_try_and_imports_no_boto3(handler: Path) -> None:
    tree = ast.parse(handler.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Try)]
    assert not [name for name in imports(handler) if name.split(".")[0] in {"boto3", "botocore", "os"}]


def test_neither_functions_nor_the_layer_know_the_local_cloud() -> None:
    sources = [*Path("functions").rglob("*.py"), *ADMIT.rglob("*.py")]
    assert not [path for path in sources for name in imports(path) if name.split(".")[0] == "local"]
