"""ID tokens of public calls: only one that the user pool has signed for us says who is calling."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.error import URLError

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from admit.aws import settings
from admit.aws.http import Api
from admit.aws.identity import IdTokens
from admit.errors import Unauthenticated, Unavailable

ISSUER = "https://cognito-idp.eu-north-1.amazonaws.com/eu-north-1_Pool"
KEYS_URL = f"{ISSUER}/.well-known/jwks.json"
POOL = rsa.generate_private_key(65537, 2048)
STRANGER = rsa.generate_private_key(65537, 2048)


def a_token(signed_by: Any = POOL, kid: str = "pool-key", algorithm: str = "RS256", **claims: Any) -> str:
    valid = {
        "iss": ISSUER,
        "aud": "our-client",
        "token_use": "id",
        "email": "Kari@Polar.Example",
        "email_verified": True,
        "iat": int(time.time()),
        "exp": int(time.time()) + 3600,
    }
    present = {name: value for name, value in (valid | claims).items() if value is not None}
    return jwt.encode(present, signed_by, algorithm=algorithm, headers={"kid": kid})


class Keys:
    """The address of the pool's public keys; it counts who asks, and may be down."""

    def __init__(self) -> None:
        self.asked = 0
        self.down: Exception | None = None

    def open(self, request: Any, timeout: float) -> Any:
        assert (request.full_url, timeout) == (KEYS_URL, 2)
        self.asked += 1
        if self.down:
            raise self.down
        return self

    def __enter__(self) -> "Keys":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self) -> bytes:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(POOL.public_key()))
        return json.dumps({"keys": [key | {"kid": "pool-key", "use": "sig", "alg": "RS256"}]}).encode()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    made = Keys()
    monkeypatch.setattr("urllib.request.build_opener", lambda *_: made)
    return made


@pytest.fixture
def tokens(keys: Keys) -> IdTokens:
    return IdTokens(issuer=ISSUER, client_id="our-client", keys_url=KEYS_URL)


def test_a_token_of_the_pool_says_whose_it_is(tokens: IdTokens) -> None:
    assert tokens.verified_email(f"Bearer {a_token()}") == "kari@polar.example"
    assert tokens.verified_email(f"bearer {a_token(email_verified='true')}") == "kari@polar.example"


def test_a_call_without_a_token_is_nobodys_and_asks_nobody(tokens: IdTokens, keys: Keys) -> None:
    assert tokens.verified_email(None) is None
    assert keys.asked == 0


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x.y.z",
        f"Bearer {'[' * 9000}",
        a_token(),
        f"Basic {a_token()}",
        f"Bearer {a_token(STRANGER)}",
        f"Bearer {a_token(kid='another-key')}",
        f"Bearer {a_token('a secret that anybody could have guessed', algorithm='HS256')}",
        f"Bearer {a_token(None, algorithm='none')}",
        f"Bearer {a_token()[:-4]}AAAA",
    ],
)
def test_a_token_that_the_pool_did_not_sign_is_refused(tokens: IdTokens, header: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verified_email(header)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": ISSUER.replace("Pool", "Other")},
        {"aud": "another-client"},
        {"exp": int(time.time()) - 60},
        {"iat": int(time.time()) + 600},
        {"token_use": "access"},
        {"email_verified": False},
        {"email_verified": "false"},
        {"email": None},
        {"exp": None},
        {"aud": None},
        {"email_verified": None},
    ],
)
def test_a_token_for_something_else_is_refused(tokens: IdTokens, claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verified_email(f"Bearer {a_token(**claims)}")


def test_the_keys_are_asked_for_once_even_by_tokens_of_unknown_keys(tokens: IdTokens, keys: Keys) -> None:
    tokens.verified_email(f"Bearer {a_token()}")
    for number in range(3):
        with pytest.raises(Unauthenticated):
            tokens.verified_email(f"Bearer {a_token(kid=f'made-up-{number}')}")
    tokens.verified_email(f"Bearer {a_token()}")
    assert keys.asked == 1


@pytest.mark.parametrize("down", [URLError("refused"), TimeoutError(), ConnectionResetError()])
def test_keys_that_can_not_be_had_refuse_nobody_for_good(
    tokens: IdTokens, keys: Keys, down: Exception
) -> None:
    keys.down = down
    with pytest.raises(Unavailable):
        tokens.verified_email(f"Bearer {a_token()}")
    keys.down = None
    assert tokens.verified_email(f"Bearer {a_token()}") == "kari@polar.example"


@pytest.fixture
def app(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    environment = {
        "TABLE_NAME": "admit",
        "USER_POOL_ISSUER": ISSUER,
        "USER_POOL_CLIENT_ID": "our-client",
        "USER_POOL_KEYS_URL": KEYS_URL,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.workshop.cache_clear()
    api = Api()

    @api.get("/who")
    def who() -> str:
        return api.verified_email or "nobody"

    yield api
    settings.workshop.cache_clear()


def answer(app: Api, headers: dict[str, str]) -> tuple[int, str]:
    request = {
        "httpMethod": "GET",
        "path": "/who",
        "resource": "/who",
        "headers": headers,
        "body": None,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "isBase64Encoded": False,
        "requestContext": {"requestId": "req-1", "path": "/prod/who"},
    }
    answered = app.resolve(request, None)
    return answered["statusCode"], answered["body"]


def test_a_public_route_learns_who_is_calling(app: Api) -> None:
    assert answer(app, {}) == (200, "nobody")
    assert answer(app, {"authorization": f"Bearer {a_token()}"}) == (200, "kari@polar.example")
    assert answer(app, {"Authorization": "Bearer stale"})[0] == 401
