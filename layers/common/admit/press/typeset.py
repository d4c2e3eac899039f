"""The press: typesets in this process what we have written, and in a process apart what others have.

A template or a picture of an organizer may be wrong on purpose. The process that works on it has no
credentials, finds no network, sees one folder with what it was given, and is ended when it takes too long.
"""

import atexit
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING, NamedTuple

from admit.press.glyphs import FONTS

if TYPE_CHECKING:
    import typst

_WORKER = "admit.press.apart"
# Packages are asked for through a proxy that nobody is.
_NOWHERE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")


class NotDrawn(Exception):
    """What others wrote can't be typeset: why, and in which file and line, as far as that is known.

    `late` when it was ended, so that it would not do better another time.
    """

    def __init__(self, why: str, file: str = "", line: int = 0, *, late: bool = False) -> None:
        self.why = why
        self.file = file
        self.line = line
        self.late = late
        super().__init__(why)


class Work(NamedTuple):
    """What to typeset apart: files, which of them is the main one, and its inputs."""

    files: Mapping[str, bytes]
    main: str
    inputs: Mapping[str, str] = {}


class Told(NamedTuple):
    """What the process apart says before what it has drawn, which is of so many bytes."""

    size: int = 0
    why: str = ""
    file: str = ""
    line: int = 0


@cache
def fonts() -> "typst.Fonts":
    """Read our fonts once a process; no others are used."""
    import typst  # noqa: PLC0415 - what only reads badges does without 60 ms

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def typeset(main: Path, inputs: Mapping[str, str], *, form: str, ppi: int) -> bytes:
    """Typeset a file of ours as "png", of one page, or as "pdf"."""
    drawn = _compiler(main).compile(format=form, ppi=ppi, sys_inputs=dict(inputs))  # type: ignore[arg-type]
    assert isinstance(drawn, bytes), "a picture is one page"
    return drawn


@cache
def _compiler(main: Path) -> "typst.Compiler":
    import typst  # noqa: PLC0415

    return typst.Compiler(str(main), font_paths=fonts(), ignore_system_fonts=True)


def typeset_apart(work: Work, *, form: str, ppi: int, seconds: float, once: bool = False) -> bytes:
    """Typeset what others have written, as `typeset` does; if `once` the process ends with it.

    Raises NotDrawn.
    """
    asked = {
        "files": {name: b64encode(content).decode() for name, content in work.files.items()},
        "main": work.main,
        "inputs": dict(work.inputs),
        "form": form,
        "ppi": ppi,
    }
    apart = _Apart() if once else _apart()
    try:
        return apart.answer(json.dumps(asked).encode(), seconds)
    finally:
        if once:
            apart.end()


class _Apart:
    """The process apart; it is started at the first use and after it was ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = Lock()

    def answer(self, asked: bytes, seconds: float) -> bytes:
        with self._one_at_a_time:
            process = self._running()
            late = Timer(seconds, process.kill)
            late.start()
            try:
                told, drawn = _exchange(process, asked)
            except (OSError, ValueError) as ended:
                self.end()
                raise NotDrawn("takes too long, or too much memory", late=True) from ended
            finally:
                late.cancel()
        if told.why:
            raise NotDrawn(told.why, told.file, told.line)
        return drawn

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", _WORKER],
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@cache
def _apart() -> _Apart:
    apart = _Apart()
    atexit.register(apart.end)
    return apart


def _environment() -> dict[str, str]:
    """Return what the process apart needs to start, and nothing of ours."""
    # Lambda's Python finds its own library by the second path.
    return {"PYTHONPATH": ":".join(sys.path), "LD_LIBRARY_PATH": f"{sys.base_prefix}/lib", **_NOWHERE}


def _exchange(process: subprocess.Popen[bytes], asked: bytes) -> tuple[Told, bytes]:
    """Send a request as a line, read a line of JSON and as many bytes as it says.

    Raises OSError, ValueError.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(asked + b"\n")
    process.stdin.flush()
    told = Told(**json.loads(process.stdout.readline()))
    drawn = process.stdout.read(told.size)
    if len(drawn) < told.size:
        raise OSError("the process was ended")
    return told, drawn
