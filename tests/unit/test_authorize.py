"""The authorizer of the organizer's routes lets in who shows a good ID token or API key, and nobody else."""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.error import URLError

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from admit import keys
from admit.aws.authorizer import Unauthorized, let_in, who_calls
from admit.aws.identity import IdTokens
from admit.errors import Unavailable
from admit.ids import digest
from admit.people.account import Role
from admit.people.api_key import ApiKey
from admit.store import Item, Key
from tests.unit.test_identity import ISSUER, KEYS_URL, POOL, STRANGER, Keys, a_token

NOW = datetime.now(UTC)
SECRET = "5ec2e7" * 8
SENT = f"admit_key1_{SECRET}"
ARN = "arn:aws:execute-api:eu-north-1:000000000000:api/prod/GET/organizer/o1/events"


class OneKey:
    """The one item that the authorizer reads; it notes what is written."""

    def __init__(self, **fields: Any) -> None:
        settings: Mapping[str, Any] = {
            "id": "key1",
            "organizer_id": "o1",
            "label": "Ledger",
            "role": Role.MANAGER,
            "key_hash": digest("api_key", "key1", SECRET),
            "created_at": NOW,
            "created_by": "owner@polar.example",
        }
        self.key = ApiKey.model_validate({**settings, **fields})
        self.read: list[Key] = []
        self.written: list[Any] = []

    def get(self, key: Key) -> Item | None:
        self.read.append(key)
        return self.key.attributes() if key == keys.api_key("key1") else None

    def write(self, write: Any) -> Item:
        self.written.append(write)
        return {}


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Keys:
    made = Keys()
    monkeypatch.setattr("urllib.request.build_opener", lambda *_: made)
    return made


@pytest.fixture
def tokens(pool: Keys) -> IdTokens:
    return IdTokens(issuer=ISSUER, client_id="our-client", keys_url=KEYS_URL)


def called(tokens: IdTokens, sent: str, table: Any = None) -> dict[str, str]:
    known: Any = OneKey() if table is None else table
    return who_calls(known, tokens, sent, NOW)


# --- ID tokens --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "{}"])
def test_a_members_token_says_who_he_is_and_until_when(tokens: IdTokens, header: str) -> None:
    until = int(time.time()) + 600
    context = called(tokens, header.format(a_token(exp=until)))
    assert context["email"] == "kari@polar.example"
    assert datetime.fromisoformat(context["until"]).timestamp() == until
    assert context.keys() == {"email", "until"}


def forged(**header: Any) -> str:
    """Return a good token's claims under another header, with the signature that they had."""
    _, claims, signature = a_token().split(".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{head}.{claims}.{signature}"


def confused() -> str:
    """Return a token whose secret is the pool's public key, as if that were one."""
    public = POOL.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head, claims, _ = a_token().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "pool-key"}).encode()).decode()
    signed = f"{head.rstrip('=')}.{claims}"
    mac = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).decode()
    return f"{signed}.{mac.rstrip('=')}"


def with_own_key() -> str:
    """Return a token that brings the key to check it by along."""
    claims = jwt.decode(a_token(), options={"verify_signature": False})
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(STRANGER.public_key()))
    return jwt.encode(claims, STRANGER, algorithm="RS256", headers={"kid": "pool-key", "jwk": public})


@pytest.mark.parametrize(
    "token",
    [
        a_token(STRANGER),
        a_token(kid="another-key"),
        a_token(None, algorithm="none"),
        forged(alg="none", kid="pool-key"),
        forged(alg="none", kid="pool-key").rpartition(".")[0] + ".",
        forged(alg="RS384", kid="pool-key"),
        confused(),
        with_own_key(),
        a_token()[:-8] + "AAAAAAAA",
        a_token().rpartition(".")[0],
        "",
        "x.y.z",
    ],
    ids=[
        "signed by another",
        "of an unknown key",
        "unsigned",
        "made unsigned",
        "without its signature",
        "by another algorithm",
        "signed with the public key",
        "with a key of its own",
        "with another signature",
        "cut off",
        "empty",
        "no token",
    ],
)
def test_a_token_that_the_pool_has_not_signed_is_refused(tokens: IdTokens, token: str) -> None:
    for header in (f"Bearer {token}", token):
        with pytest.raises(Unauthorized):
            called(tokens, header)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"aud": "another-client"},
        {"aud": None},
        {"iss": ISSUER.replace("Pool", "Other")},
        {"iss": None},
        {"token_use": "access"},
        {"token_use": None},
        {"email_verified": False},
        {"email_verified": None},
        {"email": None},
        {"iat": int(time.time()) + 600},
    ],
    ids=lambda claims: " ".join(f"{name} {str(value)[:12]}" for name, value in claims.items()),
)
def test_a_token_for_something_else_is_refused(tokens: IdTokens, claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        called(tokens, f"Bearer {a_token(**claims)}")


def test_a_refusal_is_what_api_gateway_answers_401_for(tokens: IdTokens) -> None:
    with pytest.raises(Exception, match="^Unauthorized$"):
        called(tokens, "Bearer x.y.z")


def test_keys_that_can_not_be_had_are_an_outage_and_no_refusal(tokens: IdTokens, pool: Keys) -> None:
    pool.down = URLError("refused")
    with pytest.raises(Unavailable):
        called(tokens, f"Bearer {a_token()}")


# --- API keys ---------------------------------------------------------------------------------------------


def test_an_api_key_says_which_it_is_and_asks_no_pool(tokens: IdTokens, pool: Keys) -> None:
    table = OneKey()
    context = called(tokens, f"Bearer {SENT}", table)
    assert context == {"api_key": "key1", "actor": "API key Ledger (key1)"}
    assert (pool.asked, len(table.written)) == (0, 1)
    assert SECRET not in str(table.written)


@pytest.mark.parametrize(
    "sent",
    [
        SENT[:-1] + "0",
        SENT[:-1],
        SENT + "0",
        f"admit_key2_{SECRET}",
        f"admit_key1_{digest('api_key', 'key1', SECRET)}",
        "admit_key1_",
        "admit_key1",
        "admit_",
        f"key1_{SECRET}",
    ],
)
def test_a_key_that_is_not_ours_is_refused(tokens: IdTokens, sent: str) -> None:
    table = OneKey()
    with pytest.raises(Unauthorized):
        called(tokens, f"Bearer {sent}", table)
    assert table.written == []


@pytest.mark.parametrize("header", [SENT, f"Basic {SENT}", f"ApplePass {SENT}", f"Bearer x {SENT}"])
def test_a_key_is_sent_as_a_bearers(tokens: IdTokens, header: str) -> None:
    with pytest.raises(Unauthorized):
        called(tokens, header)


def test_a_key_past_its_end_is_refused(tokens: IdTokens) -> None:
    with pytest.raises(Unauthorized):
        called(tokens, f"Bearer {SENT}", OneKey(expires_at=NOW))


def test_a_key_that_was_used_today_is_not_written_again(tokens: IdTokens) -> None:
    table = OneKey(last_used_on=NOW.date().isoformat())
    called(tokens, f"Bearer {SENT}", table)
    assert table.written == []


# --- the answer -------------------------------------------------------------------------------------------


def test_what_is_kept_of_an_answer_serves_every_route_of_this_stage_and_no_other() -> None:
    answer = let_in(ARN, {"email": "kari@polar.example"})
    [statement] = answer["policyDocument"]["Statement"]
    assert statement == {
        "Action": "execute-api:Invoke",
        "Effect": "Allow",
        "Resource": "arn:aws:execute-api:eu-north-1:000000000000:api/prod/*",
    }
    assert answer["context"] == {"email": "kari@polar.example"}
