"""Answers to the distribution: the published document, or what was written into it."""

from typing import Any

import pytest

from admit.aws.log import logger
from admit.aws.site import Site, answer
from admit.errors import NotFound

SITE = Site("<html>plain</html>", "https://site.example", "https://api.example")


def asked(**headers: str) -> dict[str, Any]:
    return {"rawPath": "/e/northern-lights", "headers": headers}


def written(site: Site, path: str) -> str:
    return f"<html>{path}</html>"


def unknown(site: Site, path: str) -> str:
    raise NotFound("There is no such event.")


def broken(site: Site, path: str) -> str:
    raise ValueError("kari@polar.example")


def test_a_document_is_kept_for_a_minute_and_shown_a_while_longer() -> None:
    answered = answer(asked(), lambda: SITE, written)
    assert (answered["statusCode"], answered["body"]) == (200, "<html>/e/northern-lights</html>")
    assert answered["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert answered["headers"]["Cache-Control"].startswith("public, max-age=60, stale-while-revalidate=")


@pytest.mark.parametrize("mark", ["", "W/"])
def test_a_document_that_is_known_is_not_sent_again(mark: str) -> None:
    tag = answer(asked(), lambda: SITE, written)["headers"]["ETag"]
    again = answer(asked(**{"if-none-match": f"{mark}{tag}"}), lambda: SITE, written)
    assert (again["statusCode"], again["body"], again["headers"]["ETag"]) == (304, "", tag)


def test_what_is_not_there_is_answered_404_with_the_plain_document() -> None:
    answered = answer(asked(), lambda: SITE, unknown)
    assert (answered["statusCode"], answered["body"]) == (404, SITE.shell)


def test_what_fails_is_left_to_the_distribution_and_logged_without_its_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[Any] = []
    monkeypatch.setattr(logger, "error", lambda *told, **extra: logged.append((told, extra)))
    answered = answer(asked(), lambda: SITE, broken)
    assert (answered["statusCode"], answered["body"]) == (500, "")
    assert "ValueError" in str(logged)
    assert "kari" not in str(logged)
