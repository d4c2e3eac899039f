"""The published pages as a function reads them, and how it answers the distribution that serves them."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from admit.aws.bucket import S3Bucket
from admit.aws.log import failure, logger
from admit.errors import NotFound

_HTML = "text/html; charset=utf-8"
# An older document is as good for a while: the pages read their data by themselves.
_CACHED = "public, max-age=60, stale-while-revalidate=3600, stale-if-error=86400"


class Site(NamedTuple):
    """The one document of the pages, and what their configuration says."""

    shell: str
    site_url: str
    api_url: str


class _Addresses(BaseModel):
    model_config = ConfigDict(extra="ignore")

    site_url: str
    api_url: str


def read_site(bucket: S3Bucket) -> Site:
    """Read the published pages. Raises LookupError before they are."""
    shell, configuration = bucket.read("index.html"), bucket.read("config.json")
    if shell is None or configuration is None:
        raise LookupError("the pages are not published")
    told = _Addresses.model_validate_json(configuration)
    return Site(shell.decode(), told.site_url.rstrip("/"), told.api_url.rstrip("/"))


def answer(
    event: dict[str, Any], site: Callable[[], Site], write: Callable[[Site, str], str]
) -> dict[str, Any]:
    """Answer a request in the payload format 2.0 of function URLs by what is written for its path.

    What is not found is answered 404 with the plain document. What nobody foresaw is logged without what it
    was about, and the distribution shows the plain document.
    """
    try:
        status, html = _written(site(), event["rawPath"], write)
    except Exception as error:
        logger.error("unforeseen", extra=failure(error))
        return {"statusCode": 500, "body": ""}
    tag = f'"{sha256(html.encode()).hexdigest()[:32]}"'
    headers = {"Content-Type": _HTML, "Cache-Control": _CACHED, "ETag": tag}
    if event["headers"].get("if-none-match", "").removeprefix("W/") == tag:
        return {"statusCode": 304, "headers": headers, "body": ""}
    return {"statusCode": status, "headers": headers, "body": html}


def _written(site: Site, path: str, write: Callable[[Site, str], str]) -> tuple[int, str]:
    try:
        return 200, write(site, path)
    except NotFound:
        return 404, site.shell
