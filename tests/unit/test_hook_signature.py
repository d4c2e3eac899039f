"""Signatures of webhooks, against the library that receivers have, and the examples of docs/webhooks.md."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from admit.hooks.sign import random_secret, signed

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
BODY = json.dumps({"type": "order.placed", "buyer": "Åse Nordmann"}, ensure_ascii=False).encode()
DOCUMENT = Path("docs/webhooks.md")
# Of https://github.com/standard-webhooks/standard-webhooks, as each of its libraries tests itself.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_AT = datetime.fromtimestamp(1614265330, UTC)
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.fixture(autouse=True)
def _at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Now(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return AT.astimezone(tz)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Now)


def verified(secret: str, headers: dict[str, str], body: bytes = BODY) -> Any:
    return Webhook(secret).verify(body, headers)


def test_the_published_vector_has_its_signature() -> None:
    body = b'{"test": 2432232314}'
    headers = signed([VECTOR_SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", body, VECTOR_AT)
    assert headers["webhook-signature"] == VECTOR_SIGNATURE


def test_the_library_of_receivers_takes_what_is_signed_by_any_secret_that_it_knows() -> None:
    old, new = random_secret(), random_secret()
    headers = signed([new, old], "delivery", BODY, AT)
    assert verified(old, headers) == verified(new, headers) == json.loads(BODY)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "another"},
        {"webhook-timestamp": str(int(AT.timestamp()) + 1)},
        {"webhook-signature": "v1," + "A" * 43 + "="},
    ],
)
def test_the_library_refuses_what_was_changed(changed: dict[str, str]) -> None:
    secret = random_secret()
    headers = signed([secret], "delivery", BODY, AT) | changed
    with pytest.raises(WebhookVerificationError):
        verified(secret, headers)


def test_the_library_refuses_another_body_another_secret_and_another_time() -> None:
    secret = random_secret()
    headers = signed([secret], "delivery", BODY, AT)
    with pytest.raises(WebhookVerificationError):
        verified(secret, headers, BODY + b" ")
    with pytest.raises(WebhookVerificationError):
        verified(random_secret(), headers)
    with pytest.raises(WebhookVerificationError):
        verified(secret, signed([secret], "delivery", BODY, AT - timedelta(minutes=6)))


def test_secrets_are_256_bits_and_no_two_are_the_same() -> None:
    made = {random_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(Webhook(secret)._whsecret) for secret in made} == {32}


# --- the examples of the document -------------------------------------------------------------------------


def example(language: str) -> str:
    [code] = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    return str(code)


CASES = [
    pytest.param({}, BODY, 0, True, id="what was signed"),
    pytest.param({}, BODY, 299, True, id="what is some minutes old"),
    pytest.param({}, BODY, 301, False, id="what is old"),
    pytest.param({"webhook-id": "another"}, BODY, 0, False, id="another id"),
    pytest.param({}, BODY + b" ", 0, False, id="another body"),
    pytest.param({"webhook-signature": "v1,AAAA"}, BODY, 0, False, id="another signature"),
    pytest.param({"webhook-signature": "v1a,AAAA"}, BODY, 0, False, id="another version"),
]


@pytest.mark.parametrize(("changed", "body", "age", "taken"), CASES)
def test_the_python_example_of_the_document_verifies(
    changed: dict[str, str], body: bytes, age: int, taken: bool
) -> None:
    old, new = random_secret(), random_secret()
    headers = signed([new, old], "delivery", BODY, AT) | changed
    known: dict[str, Any] = {}
    exec(compile(example("python"), str(DOCUMENT), "exec"), known)  # noqa: S102
    assert known["is_ours"](old, headers, body, AT.timestamp() + age) is taken


@pytest.mark.parametrize(("changed", "body", "age", "taken"), CASES)
def test_the_javascript_example_of_the_document_verifies(
    changed: dict[str, str], body: bytes, age: int, taken: bool, tmp_path: Path
) -> None:
    old, new = random_secret(), random_secret()
    headers = signed([new, old], "delivery", BODY, AT) | changed
    asked = json.dumps([old, headers, body.decode(), AT.timestamp() + age])
    script = tmp_path / "verify.mjs"
    script.write_text(f"{example('js')}\nconsole.log(isOurs(...{asked}));\n")
    node = shutil.which("node")
    assert node is not None
    answer = subprocess.run([node, str(script)], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == str(taken).lower()
