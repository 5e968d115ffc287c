"""AWS errors, explained in one place for all services: whose fault they are, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    DataNotFoundError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ValidationError,
)

from tasks.errors import SetupError, WorldError

TEMPORARY = {
    *("RequestTimeout", "RequestTimeoutException", "RequestTimeTooSkewed", "ExpiredToken"),
    *("OperationAborted", "PriorRequestNotComplete", "BandwidthLimitExceeded", "SlowDown"),
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
    *("RequestThrottledException", "RequestLimitExceeded", "TooManyRequestsException"),
    *("LimitExceededException", "TransactionInProgressException", "InternalServerError"),
    *("ProvisionedThroughputExceededException", "ServiceUnavailableException"),
}
"""Codes that AWS may send with a 4xx status although the same request may succeed later."""

KMS = "KMS."
"""Beginning of the codes of errors that are caused by an object's encryption key."""
NOT_CONFIGURED = (
    *(NoCredentialsError, PartialCredentialsError, ProfileNotFound, NoRegionError),
    *(ValidationError, DataNotFoundError),  # a malformed or unknown region
)


@contextmanager
def explain_aws_errors(
    service: str, explain_refusal: Callable[[str], Exception], no_answer_code: str = ""
) -> Iterator[None]:
    """Raise every error of boto3 as one of our errors, without the values that it may quote.

    `explain_refusal` gets the code of a response that no retry can change, and returns the error to
    raise. `no_answer_code` is recorded when the service does not answer; by default it is the name
    of boto3's error. Raise WorldError if the service may work later, SetupError if it is not
    configured or boto3 refuses the request.
    """
    try:
        yield
    except ClientError as error:
        code = find_code(error)
        if is_temporary(error):
            raise WorldError(f"{service} refuses the request for now ({code})", code) from None
        raise explain_refusal(code) from None
    except ParamValidationError as error:
        kind = type(error).__name__
        raise SetupError(
            f"{service} cannot have a bucket or a version of this name ({kind}): "
            "check the bucket and the version id",
            kind,
        ) from None
    except NOT_CONFIGURED as error:
        kind = type(error).__name__
        raise SetupError(
            f"{service} cannot be used ({kind}): set AWS_REGION, and give the run a task role "
            "or AWS_* variables",
            kind,
        ) from None
    except BotoCoreError as error:
        kind = type(error).__name__
        code = no_answer_code or kind
        raise WorldError(f"{service} does not answer: {kind}", code) from None


def find_code(error: ClientError) -> str:
    """Return the code of an error; if the encryption key denied access, the code names KMS.

    S3 answers AccessDenied for its own policies and for those of the key; only the message names
    the missing right.
    """
    code = str(error.response["Error"]["Code"])
    denied_by_key = code == "AccessDenied" and "kms:" in error.response["Error"].get("Message", "")
    return f"{KMS}{code}" if denied_by_key else code


def is_temporary(error: ClientError) -> bool:
    """Return whether the same request may succeed in a moment."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or status == 429 or error.response["Error"]["Code"] in TEMPORARY
