"""Only valid tokens of the platform authenticate a caller."""

import json
from datetime import timedelta

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.kit import access_tokens, errors, signing, testing

VECTORS = testing.DATA / "vectors"

#: The vectors whose expected result differs from ours, with the reason.
EXCEPTIONS = {
    "Figure20": "the token names another algorithm than its key",
    "Figure27": "ES521 is no registered algorithm",
    "InvalidCharacterInsertedInHeader": "RFC 7515, section 2, allows no characters beside base64url",
    "InvalidCharacterInsertedInPayload": "RFC 7515, section 2, allows no characters beside base64url",
    "invalidBase64Padding": "the vector has lost its padding: it is identical to a valid vector",
    "invalidBase64PaddingInPayload": "as above",
}


def vectors():
    path = VECTORS / "wycheproof_json_web_signature_test.json"
    if not path.exists():
        pytest.skip(f"the open data sets are not at {path.parent}; set MARQUEE_DATA")
    for group in json.loads(path.read_text())["testGroups"]:
        for vector in group["tests"]:
            yield vector, group.get("public") or group["private"]


def accepted(token, jwk):
    try:
        access_tokens.require_compact(token)
        jwt.PyJWS().decode_complete(token, jwt.PyJWK(jwk), algorithms=[jwk["alg"]])
    except (access_tokens.TokenInvalid, jwt.PyJWTError, KeyError):
        return False
    return True


@pytest.mark.data
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_signatures_of_wycheproof_give_the_expected_results():
    results = [(vector, accepted(vector["jws"], jwk)) for vector, jwk in vectors()]
    differing = {vector["comment"] for vector, is_accepted in results if is_accepted != (vector["result"] == "valid")}

    assert len(results) == 401
    assert differing == set(EXCEPTIONS)


@pytest.mark.data
async def test_no_token_of_wycheproof_authenticates_a_caller():
    authenticator = testing.an_authenticator()

    for vector, _ in vectors():
        with pytest.raises(access_tokens.TokenInvalid):
            await authenticator.caller(f"Bearer {vector['jws']}", "", "catalog")
        with pytest.raises(access_tokens.TokenInvalid):
            await authenticator.caller("", vector["jws"] or "empty", "catalog")


async def test_a_token_identifies_the_caller():
    token = testing.a_token(account_id="a", profile_id="p", roles=("viewer", "editor"), maturity_ceiling=3)

    caller = await testing.an_authenticator().caller(f"Bearer {token}", "", "catalog")

    assert (caller.account_id, caller.profile_id, caller.maturity_ceiling) == ("a", "p", 3)
    assert caller.roles == {"viewer", "editor"}


async def test_a_token_that_was_good_is_refused_once_it_has_ended():
    time = testing.a_clock()
    authenticator = testing.an_authenticator(time)
    authorization = f"Bearer {testing.a_token()}"
    await authenticator.caller(authorization, "", "catalog")
    time.advance(timedelta(minutes=15))

    with pytest.raises(access_tokens.TokenExpired):
        await authenticator.caller(authorization, "", "catalog")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        testing.a_token(key=Ed25519PrivateKey.generate()),
        testing.a_token(iss="somebody else"),
        testing.a_token(aud="media"),
        testing.a_token(nbf=int(testing.NOW.timestamp()) + 60),
        testing.a_token(mat="high"),
        testing.a_token()[:-4] + "AAAA",
        testing.a_token() + "=",
        jwt.encode({"sub": "a", "exp": 9e9}, "", algorithm="none", headers={"kid": testing.KEY_ID}),
        jwt.encode(
            {"sub": "a", "exp": 9e9},
            "a secret of somebody, long enough",
            algorithm="HS256",
            headers={"kid": testing.KEY_ID},
        ),
    ],
)
async def test_a_token_of_another_issuer_or_key_is_refused(token):
    with pytest.raises(access_tokens.TokenInvalid):
        await testing.an_authenticator().caller(f"Bearer {token}", "", "catalog")


async def test_unknown_key_ids_fetch_the_key_set_only_once():
    fetches = []

    async def fetch():
        fetches.append(True)
        return b'{"keys": []}'

    keyring = access_tokens.JwksKeyring(fetch)

    assert [await keyring.key(f"made up {number}") for number in range(10)] == [None] * 10
    assert len(fetches) == 1


class _KeySet:
    """Serves the key set of one key, until it is withdrawn or cannot be fetched."""

    def __init__(self):
        private = Ed25519PrivateKey.generate()
        self.key_id = signing.key_id(private.public_key())
        self.document = orjson.dumps({"keys": [signing.jwk(self.key_id, private.public_key())]})
        self.is_unavailable = False
        self.now = 0.0
        self.keyring = access_tokens.JwksKeyring(self.fetch, lambda: self.now)

    async def fetch(self):
        if self.is_unavailable:
            raise errors.Unavailable("identity is unavailable")
        return self.document


async def test_a_withdrawn_key_is_refused_within_a_minute():
    published = _KeySet()
    assert await published.keyring.key(published.key_id)

    published.document = b'{"keys": []}'
    published.now = access_tokens.JWKS_MAX_AGE - 1
    assert await published.keyring.key(published.key_id)
    published.now = access_tokens.JWKS_MAX_AGE
    assert await published.keyring.key(published.key_id) is None


async def test_keys_are_used_for_at_most_five_minutes_of_an_outage_of_identity():
    published = _KeySet()
    assert await published.keyring.key(published.key_id)

    published.is_unavailable = True
    published.now = access_tokens.JWKS_STALE_LIMIT - 1
    assert await published.keyring.key(published.key_id)
    for _ in range(2):
        published.now += 10
        with pytest.raises(errors.Unavailable):
            await published.keyring.key(published.key_id)
    published.is_unavailable = False
    assert await published.keyring.key(published.key_id)


async def test_a_cached_token_of_a_withdrawn_key_is_refused():
    time = testing.a_clock()
    keys = {}

    class Keyring:
        async def key(self, key_id):
            return keys.get(key_id)

    private = Ed25519PrivateKey.generate()
    keys["k"] = private.public_key()
    claims = {"iss": access_tokens.ISSUER, "aud": access_tokens.AUDIENCE, "sub": "a", "exp": time.seconds() + 900}
    token = jwt.encode(claims, private, algorithm=access_tokens.ALGORITHM, headers={"kid": "k"})
    authenticator = access_tokens.Authenticator(Keyring(), testing.an_identity("catalog", time), time)
    assert "a" == (await authenticator.caller(f"Bearer {token}", "", "catalog")).account_id

    keys.clear()
    time.advance(timedelta(seconds=61))

    with pytest.raises(access_tokens.TokenInvalid):
        await authenticator.caller(f"Bearer {token}", "", "catalog")
