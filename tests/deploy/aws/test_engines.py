"""A run gets permission to call Textract only if the environment names that engine."""

import boto3
import pytest


@pytest.mark.parametrize(
    ("settings", "granted"),
    [
        pytest.param({}, False, id="neither"),
        pytest.param({"engine": '"textract"'}, True, id="the engine"),
        pytest.param({"second_engine": '"textract"'}, True, id="the policy's second engine"),
        pytest.param({"second_engine": '"google-vision"'}, False, id="another second engine"),
    ],
)
def test_permission_for_textract_depends_on_the_engines(
    settings, granted, run, environment_file, name
):
    code, output = run(environment_file(name, **settings), "--only", "roles")
    assert code == 0, output

    policies = boto3.client("iam").list_role_policies(RoleName=f"docverify-{name}-task")
    assert ("textract" in policies["PolicyNames"]) is granted
