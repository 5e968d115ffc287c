"""A warm worker with one slot, as a program: `python -m tests.support.one_slot POOL OVERTIME`.

It executes what waits in a pool, allows each run these seconds after its time limit, and ends.
"""

import asyncio
import sys

from services.worker.warm_worker import WarmWorker


async def execute_all(pool: str, overtime_seconds: float) -> None:
    """Execute the runs that wait in a pool."""
    worker = WarmWorker(
        pool, slots=1, max_runs=9, max_memory=2**40, overtime_seconds=overtime_seconds
    )
    async with worker:
        await worker.get_and_submit_flow_runs()
        await worker.drain(60)


if __name__ == "__main__":
    asyncio.run(execute_all(sys.argv[1], float(sys.argv[2])))
