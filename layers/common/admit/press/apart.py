"""The process apart in which the press typesets what others have written.

It reads requests as lines of JSON and answers each with a line of JSON and the bytes that it names. It can't
take more memory than is set here; who started it ends it when it takes too long.
"""

import json
import re
import resource
import sys
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import typst

from admit.press.typeset import Told, fonts

_MOST_MEMORY = 3 << 30
_PLACE = re.compile(r"┌─ (?:.*/)?([^/\s:]+):(\d+):\d+")
_SEARCHED = re.compile(r" \(searched at .*?\)")


def serve() -> None:
    """Answer requests until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    fonts()
    for line in sys.stdin.buffer:
        told, drawn = _answer(json.loads(line))
        head = json.dumps(told._replace(size=len(drawn))._asdict()).encode()
        sys.stdout.buffer.write(head + b"\n" + drawn)
        sys.stdout.buffer.flush()


def _answer(asked: dict[str, Any]) -> tuple[Told, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in asked["files"].items():
            Path(folder, name).write_bytes(b64decode(content))
        compiler = typst.Compiler(
            str(Path(folder, asked["main"])), root=folder, font_paths=fonts(), ignore_system_fonts=True
        )
        try:
            drawn = compiler.compile(format=asked["form"], ppi=asked["ppi"], sys_inputs=asked["inputs"])
        except typst.TypstError as wrong:
            return _reason(wrong), b""
    if not isinstance(drawn, bytes):
        return Told(why="has more than one page"), b""
    return Told(), drawn


def _reason(wrong: typst.TypstError) -> Told:
    """Say what is wrong and where; of several places the first one."""
    place = _PLACE.search(wrong.diagnostic)
    why = _SEARCHED.sub("", wrong.message)[:300]
    if why.startswith("failed to download package"):
        why = "packages can't be used here"
    return Told(why=why, file=place[1] if place else "", line=int(place[2]) if place else 0)


if __name__ == "__main__":
    serve()
