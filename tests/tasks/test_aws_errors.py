"""AWS errors: each has one meaning, the same for every service."""

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
)

from tasks.aws_errors import explain_aws_errors
from tasks.errors import EdgeError, SetupError, WorldError

CANARY = "canary"


def explain(error: Exception) -> EdgeError:
    with (
        pytest.raises(EdgeError) as caught,
        explain_aws_errors("S3", lambda code: SetupError(f"refused ({code})", code)),
    ):
        raise error
    return caught.value


def response(code: str, status: int) -> ClientError:
    error = {"Code": code, "Message": CANARY}
    return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}, "Get")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SlowDown", 503),
        ("InternalError", 500),
        ("TooManyRequests", 429),
        ("RequestTimeout", 400),
        ("ExpiredToken", 400),
        ("ThrottlingException", 400),
        ("ProvisionedThroughputExceededException", 400),
        ("LimitExceededException", 400),
        ("SomethingNew", 503),
    ],
)
def test_throttling_and_server_errors_are_the_fault_of_the_world(code, status):
    error = explain(response(code, status))

    assert isinstance(error, WorldError)
    assert error.code == code


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDenied", 403),
        ("PermanentRedirect", 301),
        ("InvalidObjectState", 403),
        ("KeyTooLongError", 400),
    ],
)
def test_an_error_that_a_retry_cannot_change_is_our_fault(code, status):
    error = explain(response(code, status))

    assert isinstance(error, SetupError)
    assert (str(error), error.code) == (f"refused ({code})", code)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NoCredentialsError(), r"\(NoCredentialsError\): set AWS_REGION"),
        (NoRegionError(), r"\(NoRegionError\): set AWS_REGION"),
        (ParamValidationError(report=CANARY), "check the bucket and the version id"),
    ],
)
def test_missing_configuration_and_invalid_names_are_our_fault_and_have_a_code(error, message):
    found = explain(error)

    assert isinstance(found, SetupError)
    assert found.code == type(error).__name__
    with pytest.raises(SetupError, match=message):
        raise found
    assert CANARY not in str(found)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url=CANARY),
        ReadTimeoutError(endpoint_url=CANARY),
    ],
)
def test_a_service_that_does_not_answer_is_the_fault_of_the_world(error):
    found = explain(error)

    assert isinstance(found, WorldError)
    assert found.code == type(error).__name__
    assert CANARY not in str(found)


def test_a_service_can_have_a_code_of_its_own_for_no_answer():
    with (
        pytest.raises(WorldError) as caught,
        explain_aws_errors("Textract", lambda _: SetupError("refused"), "no-answer"),
    ):
        raise EndpointConnectionError(endpoint_url="x")

    assert caught.value.code == "no-answer"
