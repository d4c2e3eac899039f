"""Where webhooks may go: every way to write an address that is not everybody's is refused."""

import pytest

from admit.errors import Invalid
from admit.hooks.address import NotPublic, checked_url, is_public, public_addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:7f00:1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001::7f00:1",
        "2001:db8::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse_a_host() -> None:
    with pytest.raises(NotPublic):
        public_addresses("mixed.example", 443, lambda host, port: ["93.184.215.14", "10.0.0.1"], ())


def test_a_host_that_is_exempt_may_be_private_and_without_tls_and_no_other_one() -> None:
    def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    assert checked_url("http://127.0.0.1:8099/hook", here, {"127.0.0.1"}).startswith("http://127")
    for url in ("http://localhost:8099/hook", "https://localhost/hook", "http://127.0.0.1.example/hook"):
        with pytest.raises(Invalid):
            checked_url(url, here, {"127.0.0.1"})
