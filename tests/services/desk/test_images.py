"""Why an image cannot be shown, in the words of a reviewer."""

import pytest
from botocore.exceptions import ClientError

from services.desk.images import explain


def build_error(code: str, message: str = "of the object inbox/JANE-DOE.jpg") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetObject")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("NoSuchKey", "no longer in the bucket"),
        ("NoSuchVersion", "no longer in the bucket"),
        ("404", "no longer in the bucket"),
        ("AccessDenied", "allow its role s3:GetObject"),
        ("KMS.DisabledException", "kms:Decrypt"),
        ("InvalidObjectState", "restore it"),
        ("SomethingNew", "refuses the file (SomethingNew)"),
    ],
)
def test_refusal_of_the_bucket_is_explained_without_the_key(code, reason):
    sentence = explain(build_error(code))

    assert reason in sentence
    assert "JANE" not in sentence


def test_denial_by_the_key_of_the_bucket_names_the_key():
    assert "kms:Decrypt" in explain(build_error("AccessDenied", "not authorized: kms:Decrypt"))
