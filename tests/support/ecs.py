"""Prefect's ECS worker, and the network that moto wants for a task."""

import asyncio
import gc
import warnings

import boto3
from prefect_aws.workers.ecs_worker import ECSWorker


def default_network() -> tuple[str, str, str]:
    """Find the default VPC, a subnet of it and a security group."""
    ec2 = boto3.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"][0]
    where = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    (group, *_) = ec2.describe_security_groups(Filters=where)["SecurityGroups"]
    (subnet, *_) = ec2.describe_subnets(Filters=where)["Subnets"]
    return vpc["VpcId"], subnet["SubnetId"], group["GroupId"]


def submit_waiting(pool: str) -> None:
    """Let the worker submit what waits; it leaves its connections to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        asyncio.run(_submit(pool))
        gc.collect()


async def _submit(pool: str) -> None:
    async with ECSWorker(work_pool_name=pool) as worker:
        await worker.sync_with_backend()
        await worker.get_and_submit_flow_runs()
        while worker._submitting_flow_run_ids:
            await asyncio.sleep(0.1)
