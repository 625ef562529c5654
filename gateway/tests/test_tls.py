"""An edge with a certificate."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway import config
from gateway.tests import harness
from services.kit import config as kit_config


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for this machine, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "edge.test")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(signed.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def secured(certificate, tmp_path_factory):
    platform = harness.Platform(tmp_path_factory.mktemp("secured"))
    platform.settings = {"MARQUEE_TLS_CERT": str(certificate[0]), "MARQUEE_TLS_KEY": str(certificate[1])}
    platform.tls = ssl.create_default_context(cafile=str(certificate[0]))
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


def test_calls_and_pages_go_over_tls_and_stay_there(secured):
    (secured.folder / "web" / "index.html").write_text("<title>web</title>")

    page = secured.http("GET", "/")
    call = secured.http("GET", "/api/v1/shop/basket", token=harness.token())

    assert (200, 200) == (page.status, call.status)
    assert "max-age=31536000" == page.headers["strict-transport-security"]


def test_old_versions_of_tls_are_refused(secured, certificate):
    old = ssl.create_default_context(cafile=str(certificate[0]))
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    secured_by = secured.tls
    secured.tls = old
    try:
        with pytest.raises(ssl.SSLError):
            secured.http("GET", "/")
    finally:
        secured.tls = secured_by


def test_a_certificate_without_its_key_is_refused():
    with pytest.raises(kit_config.ConfigError, match="together"):
        config.read({"MARQUEE_TLS_CERT": "cert.pem"})
