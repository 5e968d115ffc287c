"""In which order the tests start, and which of them run on the same worker."""

from xdist.scheduler import LoadScopeScheduling

#: Need no server. They come first, because a server's client has threads that draw from `random`,
#: which Hypothesis seeds.
CORE = (
    "docverify/",
    "tests/docverify/",
    "tests/services/gateway/test_template.py",
    "tests/services/gateway/test_any_message.py",
    "tests/benchmarks/",
    "tests/specimens/",
    "tests/training/",
)
#: Take more than half a minute, longest first.
LONGEST = (
    "tests/image/",
    "tests/deploy/test_deploy.py",
    "tests/deploy/test_doctor.py",
    "tests/flows/test_second_engine.py",
    "tests/flows/test_document_verification.py",
    "tests/deploy/local/test_stack.py",
    "tests/deploy/local/test_secured_prefect.py",
    "tests/tasks/engines/test_reader_pool.py",
    "tests/flows/test_prefect_budget.py",
    "tests/deploy/test_prefect_cloud.py",
    "tests/flows/test_backfill.py",
    "tests/faults/",
    "tests/deploy/test_demo.py",
    "tests/deploy/test_ecs_worker.py",
    "tests/deploy/test_notifications.py",
)
#: Share no fixture except the servers: each test may run on any worker.
SEPARATE = (
    "tests/deploy/test_deploy.py",
    "tests/deploy/test_doctor.py",
    "tests/deploy/test_demo.py",
)


def start_order(nodeid: str) -> int:
    """Return the place of a test: tests with a lower number start earlier."""
    if nodeid.startswith(CORE):
        return 0
    ranks = (rank for rank, path in enumerate(LONGEST, 1) if nodeid.startswith(path))
    return next(ranks, len(LONGEST) + 1)


class FilesAndLongTests(LoadScopeScheduling):
    """Give each worker one file after the other; files of SEPARATE test by test."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(SEPARATE) else nodeid.partition("::")[0]
