"""Who calls: ID tokens that no authorizer of Cognito's has seen, verified by the user pool's public keys.

The rules are those of https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html.
"""

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from admit.errors import Unauthenticated, Unavailable
from admit.ids import normal_email

if TYPE_CHECKING:
    from jwt import PyJWK, PyJWKClient

_KEYS_LIVE = 3600
_TIMEOUT = 2
_CLOCKS_DIFFER = 10


class SignIn(NamedTuple):
    """Whose address a token proves, and until when."""

    email: str
    until: datetime


class IdTokens:
    """The ID tokens of one client of one user pool. PyJWT is imported at the first token."""

    def __init__(self, *, issuer: str, client_id: str, keys_url: str) -> None:
        """`keys_url` serves the JSON Web Key Set of the issuer."""
        self._issuer = issuer
        self._client_id = client_id
        self._keys_url = keys_url

    def verified_email(self, authorization: str | None) -> str | None:
        """Return the verified e-mail address of an `Authorization` header, None without one.

        The header is `Bearer` and the token. Raises Unauthenticated for a token that does not hold, and
        Unavailable when the keys can't be had.
        """
        return None if authorization is None else self.sign_in(authorization).email

    def sign_in(self, authorization: str) -> SignIn:
        """Return what the token of an `Authorization` header proves. Raises Unauthenticated, Unavailable."""
        import jwt  # noqa: PLC0415

        scheme, _, token = authorization.partition(" ")
        try:
            claims = jwt.decode(
                token.strip(),
                self._key(str(jwt.get_unverified_header(token.strip()).get("kid"))),
                algorithms=["RS256"],
                issuer=self._issuer,
                audience=self._client_id,
                leeway=_CLOCKS_DIFFER,
                options={"require": ["exp", "iat", "iss", "aud"]},
            )
        except jwt.InvalidTokenError as exc:
            raise Unauthenticated("The sign-in does not hold; sign in again.") from exc
        # False for an access token, which says nothing about an address.
        is_id_token = claims.get("token_use") == "id"
        # False for an address that its owner has not proven to the user pool.
        is_verified = claims.get("email_verified") in (True, "true")
        if scheme.lower() != "bearer" or not is_id_token or not is_verified or "email" not in claims:
            raise Unauthenticated("Sign in with a verified e-mail address.")
        return SignIn(normal_email(str(claims["email"])), datetime.fromtimestamp(int(claims["exp"]), UTC))

    def _key(self, kid: str) -> "PyJWK":
        """Return the public key of this id. Raises jwt.InvalidTokenError when the pool has none such."""
        import jwt  # noqa: PLC0415

        try:
            return self._keys.get_signing_key(kid)
        except (jwt.PyJWKClientConnectionError, OSError, ValueError) as exc:
            raise Unavailable("The sign-in can't be checked at this moment; try again in a second.") from exc
        except jwt.PyJWKClientError as exc:
            raise jwt.InvalidTokenError from exc

    @cached_property
    def _keys(self) -> "PyJWKClient":
        """The keys, fetched anew each hour, and for an id that is not among them twice a minute at most."""
        from jwt import PyJWKClient  # noqa: PLC0415

        return PyJWKClient(self._keys_url, lifespan=_KEYS_LIVE, timeout=_TIMEOUT, cooldown_duration=30)
