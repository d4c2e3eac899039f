"""cfn-lint and the requirement files."""

import subprocess
import sys
from pathlib import Path

from local import template

ROOT = template.PATH.parent


def run(*command: str | Path) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_cfn_lint_finds_nothing() -> None:
    assert run(Path(sys.executable).parent / "cfn-lint", "--regions", "us-east-1", "--", template.PATH) == ""


def test_the_requirement_files_are_what_pyproject_says() -> None:
    assert run("make", "--no-print-directory", "lock-check") == ""
