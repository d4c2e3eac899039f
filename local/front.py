"""The two custom domains: the pages and the API under plain addresses that are known before the deployment.

    python -m local.front 8080=http://127.0.0.1:4566#d1.cloudfront.net 8081=http://127.0.0.1:4566/_aws/execute-api/1/local

Each argument is port=target, with the host to ask the target for behind a #.
"""

import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from local.processes import KEPT_ALIVE_SECONDS

HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}


class Target(NamedTuple):
    """Where the requests of one port go."""

    url: str
    host: str


def front(targets: dict[int, Target]) -> Starlette:
    """Return an application that hands each request on to the target of the port that it came in by."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
        async with httpx.AsyncClient(timeout=60, limits=limits) as app.state.client:
            yield

    async def pass_on(request: Request) -> StreamingResponse:
        target = targets[request.scope["server"][1]]
        client: httpx.AsyncClient = request.app.state.client
        query = request.scope["query_string"]
        path = request.scope["raw_path"] + (b"?" + query if query else b"")
        headers = [
            (name, value) for name, value in request.headers.items() if name not in HOP_BY_HOP | {"host"}
        ]
        # A browser would come by TLS: the distribution redirects whoever does not.
        headers += [("host", target.host or request.headers["host"]), ("x-forwarded-proto", "https")]
        url = target.url + path.decode("ascii")
        answer = await client.send(
            httpx.Request(request.method, url, headers=headers, content=await request.body()), stream=True
        )
        response = StreamingResponse(
            answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose)
        )
        response.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.lower().decode() not in HOP_BY_HOP
        ]
        return response

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(routes=[Route("/{path:path}", pass_on, methods=methods)], lifespan=lifespan)


def main() -> None:
    targets = {}
    for argument in sys.argv[1:]:
        port, _, rest = argument.partition("=")
        targets[int(port)] = Target(*rest.partition("#")[::2])
    sockets = [socket.create_server(("127.0.0.1", port), backlog=512) for port in targets]
    config = uvicorn.Config(
        front(targets),
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEPT_ALIVE_SECONDS,
    )
    uvicorn.Server(config).run(sockets)


if __name__ == "__main__":
    main()
