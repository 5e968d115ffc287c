"""The CAs in the image, for the certificates of RDS and RDS Proxy."""

import ssl
import warnings
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from deploy.local.isolation import ROOT

BUNDLE = ROOT / "deploy" / "image" / "ca.pem"


@pytest.fixture(scope="module", name="roots")
def _roots() -> list[x509.Certificate]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # An old root has a serial number that is not positive.
        return x509.load_pem_x509_certificates(BUNDLE.read_bytes())


def name_of(root: x509.Certificate) -> str:
    names = root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value)


def test_each_certificate_is_a_root_that_is_valid(roots):
    for each in roots:
        each.verify_directly_issued_by(each)
        assert each.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert each.not_valid_after_utc > datetime.now(UTC), name_of(each)


def test_only_amazon_issued_them(roots):
    owners = {
        each.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value for each in roots
    }

    assert owners == {"Amazon Web Services, Inc.", "Amazon", "Starfield Technologies, Inc."}


@pytest.mark.parametrize("region", ["eu-west-1", "eu-central-1", "us-east-1", "ap-southeast-2"])
def test_each_region_has_its_three_roots(roots, region):
    found = {name_of(each) for each in roots if f" {region} " in name_of(each)}

    kinds = ("ECC384", "RSA2048", "RSA4096")
    assert found == {f"Amazon RDS {region} Root CA {kind} G1" for kind in kinds}


def test_openssl_reads_the_file(roots):
    context = ssl.create_default_context(cafile=BUNDLE)

    assert context.cert_store_stats()["x509_ca"] == len(roots)
