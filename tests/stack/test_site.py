"""What the distribution serves: the headers of every page, and the documents of events."""

import subprocess
from typing import Any

import pytest

from admit.catalog.page_head import LANGUAGE, NOINDEX
from local import template

ROOT = template.PATH.parent
RESOURCES: dict[str, dict[str, Any]] = template.load()["Resources"]
POLICIES = {
    name: RESOURCES[name]["Properties"]["ResponseHeadersPolicyConfig"]
    for name in ("SiteHeaders", "WorkHeaders")
}
HEADERS = POLICIES["SiteHeaders"]
SITE = RESOURCES["SiteDistribution"]["Properties"]["DistributionConfig"]


def content_policy(headers: dict[str, Any]) -> str:
    policy: str = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"][
        "Fn::Sub"
    ][0]
    return policy


POLICY = content_policy(HEADERS)
WASM = "'wasm-unsafe-eval'"
"""Lets the door's scanner compile what reads codes, and no script."""


def directives(policy: str) -> dict[str, set[str]]:
    return {name: set(sources) for name, *sources in (one.split() for one in policy.split(";"))}


def lapses(policy: str) -> list[str]:
    """Return what a policy allows that a page could be attacked by."""
    rules = directives(policy)
    return [
        *("default-src" for _ in [0] if rules.get("default-src") != {"'none'"}),
        *("script-src" for _ in [0] if rules.get("script-src") != {"'self'"}),
        *("style-src" for _ in [0] if rules.get("style-src") != {"'self'"}),
        *(
            name
            for name, sources in rules.items()
            if sources & {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:"}
        ),
        *(
            name
            for name in ("object-src", "base-uri", "frame-ancestors", "frame-src")
            if rules.get(name) != {"'none'"}
        ),
    ]


def test_the_content_policy_lets_in_no_script_but_the_site_s_own() -> None:
    assert lapses(POLICY) == []


@pytest.mark.parametrize(
    ("strict", "lax", "lapse"),
    [
        ("script-src 'self'", "script-src 'self' 'unsafe-inline'", "script-src"),
        ("script-src 'self'", "script-src 'self' https://cdn.example", "script-src"),
        ("img-src 'self'", "img-src *", "img-src"),
        ("default-src 'none'; ", "", "default-src"),
        ("base-uri 'none'", "base-uri 'self'", "base-uri"),
    ],
)
def test_a_laxer_content_policy_would_be_noticed(strict: str, lax: str, lapse: str) -> None:
    assert strict in POLICY
    assert lapse in lapses(POLICY.replace(strict, lax))


def test_the_pages_may_call_the_api_and_the_sign_in_domain() -> None:
    connected = directives(POLICY)["connect-src"]
    assert {
        "'self'",
        "${Api}",
        "https://${UserPoolDomain}.auth.${AWS::Region}.amazoncognito.com",
    } <= connected


def test_the_workplaces_may_do_what_the_pages_may_and_compile_webassembly() -> None:
    work, site = (directives(content_policy(POLICIES[name])) for name in ("WorkHeaders", "SiteHeaders"))
    assert work == site | {"script-src": {"'self'", WASM}}
    assert {"'self'"} == work["worker-src"] == work["manifest-src"]


@pytest.mark.parametrize("name", POLICIES)
def test_the_pages_come_with_their_security_headers(name: str) -> None:
    headers = POLICIES[name]["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000
    assert headers["ReferrerPolicy"]["ReferrerPolicy"] in {"no-referrer", "strict-origin"}
    assert headers["ContentTypeOptions"]["Override"] is True
    assert headers["FrameOptions"]["FrameOption"] == "DENY"
    custom = {one["Header"]: one["Value"] for one in POLICIES[name]["CustomHeadersConfig"]["Items"]}
    assert custom["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in custom["Permissions-Policy"]


def test_every_address_comes_with_its_headers() -> None:
    for behavior in [SITE["DefaultCacheBehavior"], *SITE["CacheBehaviors"]]:
        policy = "WorkHeaders" if behavior.get("PathPattern") == "/work*" else "SiteHeaders"
        assert behavior["ResponseHeadersPolicyId"] == {"Ref": policy}
        assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
        assert behavior["Compress"] is True


def test_only_the_distribution_asks_the_function_that_writes_documents() -> None:
    assert RESOURCES["PagesFunction"]["Properties"]["FunctionUrlConfig"] == {"AuthType": "AWS_IAM"}
    permissions = [RESOURCES[name]["Properties"] for name in ("PagesUrlPermission", "PagesPermission")]
    for permission in permissions:
        assert permission["Principal"] == "cloudfront.amazonaws.com"
        assert "distribution/${SiteDistribution}" in permission["SourceArn"]["Fn::Sub"]


def test_an_event_s_page_is_there_when_its_document_can_t_be_written() -> None:
    plain = {one["ErrorCode"]: one["ResponsePagePath"] for one in SITE["CustomErrorResponses"]}
    assert plain == dict.fromkeys([403, 500, 502, 503, 504], "/index.html")


DOCUMENT = "/work/index.html"


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("/work", DOCUMENT),
        ("/work/", DOCUMENT),
        ("/work/organizer/org_1/events/evt_1/orders", DOCUMENT),
        ("/work/door", DOCUMENT),
        ("/work/_app/immutable/entry/start.js", "/work/_app/immutable/entry/start.js"),
        ("/work/service-worker.js", "/work/service-worker.js"),
        ("/work/door.webmanifest", "/work/door.webmanifest"),
        ("/workshop", "/workshop"),
    ],
)
def test_an_address_of_the_workplaces_is_answered_with_their_document(asked: str, served: str) -> None:
    code = RESOURCES["WorkDocuments"]["Properties"]["FunctionCode"]
    call = f"{code}\nconsole.log(handler({{ request: {{ uri: {asked!r} }} }}).uri)"
    answer = subprocess.run(["node", "-e", call], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == served


def test_the_workplaces_addresses_go_by_that_function() -> None:
    [behavior] = [one for one in SITE["CacheBehaviors"] if one["PathPattern"] == "/work*"]
    arn = {"Fn::GetAtt": ["WorkDocuments", "FunctionARN"]}
    assert behavior["FunctionAssociations"] == [{"EventType": "viewer-request", "FunctionARN": arn}]


def test_what_the_head_of_an_event_takes_the_place_of_stands_in_the_document_once() -> None:
    document = (ROOT / "web/src/app.html").read_text()
    assert (document.count(LANGUAGE), document.count(NOINDEX)) == (1, 1)
