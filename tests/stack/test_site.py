"""What the distribution serves: the headers of every page, and the documents of events."""

from typing import Any

import pytest

from admit.catalog.page_head import LANGUAGE, NOINDEX
from local import template

ROOT = template.PATH.parent
RESOURCES: dict[str, dict[str, Any]] = template.load()["Resources"]
HEADERS = RESOURCES["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
SITE = RESOURCES["SiteDistribution"]["Properties"]["DistributionConfig"]
POLICY = HEADERS["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"][0]


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


def test_the_pages_come_with_their_security_headers() -> None:
    headers = HEADERS["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000
    assert headers["ReferrerPolicy"]["ReferrerPolicy"] in {"no-referrer", "strict-origin"}
    assert headers["ContentTypeOptions"]["Override"] is True
    assert headers["FrameOptions"]["FrameOption"] == "DENY"
    custom = {one["Header"]: one["Value"] for one in HEADERS["CustomHeadersConfig"]["Items"]}
    assert custom["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in custom["Permissions-Policy"]


def test_every_address_comes_with_the_same_headers() -> None:
    for behavior in [SITE["DefaultCacheBehavior"], *SITE["CacheBehaviors"]]:
        assert behavior["ResponseHeadersPolicyId"] == {"Ref": "SiteHeaders"}
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


def test_what_the_head_of_an_event_takes_the_place_of_stands_in_the_document_once() -> None:
    document = (ROOT / "web/src/app.html").read_text()
    assert (document.count(LANGUAGE), document.count(NOINDEX)) == (1, 1)
