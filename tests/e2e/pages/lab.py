"""The built pages on a server of their own, whose answers take no time and are the same each time.

A local cloud answers in its own time, which says nothing about the pages.
"""

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from mimetypes import guess_type
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.e2e.clients import Json

BUILT = Path("web/build")


@dataclass
class Lab:
    """Pages at `site_url`, the API at another origin; both stand still but for what is set here."""

    port: int
    answers: Mapping[str, Json | Callable[[], Json]]
    """What the API answers, by path."""
    head: str = ""
    """What stands in the head of every page besides."""
    files: dict[str, bytes] = field(default_factory=dict)
    """More files of the site, by path."""

    @property
    def site_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"http://localhost:{self.port}/api"

    @cached_property
    def _built(self) -> dict[str, bytes]:
        """All files of the build as they travel, by path."""
        files = [file for file in BUILT.rglob("*") if file.is_file()]
        return {f"/{file.relative_to(BUILT)}": _compressed(file.read_bytes()) for file in files}

    def answer(self, request: Request) -> Response:
        path = request.url.path
        if path == "/config.json":
            sign_in = {"sign_in_url": self.api_url, "user_pool_client_id": "client"}
            return JSONResponse({"api_url": self.api_url, **sign_in})
        if path.startswith("/api/"):
            found = self.answers.get(path.removeprefix("/api"))
            body = found() if callable(found) else found
            headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
            status = 404 if body is None and request.method != "OPTIONS" else 200
            return JSONResponse(body, status, headers)
        if (more := self.files.get(path)) is not None:
            return _file(path, _compressed(more))
        document = "/work/index.html" if f"{path}/".startswith("/work/") else "/index.html"
        if (built := self._built.get(path)) is not None and path != document:
            return _file(path, built)
        shell = (BUILT / document[1:]).read_text().replace("</head>", f"{self.head}</head>", 1)
        return _file("/index.html", _compressed(shell.encode()))

    def content_of(self, url: str) -> bytes:
        path = url.removeprefix(self.site_url)
        return self.files[path] if path in self.files else (BUILT / path[1:]).read_bytes()

    def bytes_of(self, url: str) -> int:
        """Return how many bytes the body of a file has on its way."""
        return len(_compressed(self.content_of(url)))


def _compressed(content: bytes) -> bytes:
    packer = zlib.compressobj(6, wbits=31)
    return packer.compress(content) + packer.flush()


def _file(path: str, content: bytes) -> Response:
    headers = {"Content-Encoding": "gzip", "Cache-Control": "no-cache"}
    return Response(content, headers=headers, media_type=guess_type(path)[0])


@contextmanager
def lab(answers: Mapping[str, Json | Callable[[], Json]]) -> Iterator[Lab]:
    """Serve the built pages until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        own = Lab(listening.getsockname()[1], answers)
        methods = ["GET", "HEAD", "POST", "OPTIONS"]
        app = Starlette(routes=[Route("/{path:path}", own.answer, methods=methods)])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield own
        server.should_exit = True
        thread.join()
