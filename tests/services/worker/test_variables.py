"""The environment variables with which a warm worker starts the process of a run."""

import os

from prefect.client.schemas.objects import FlowRun

from services.worker.warm_worker import WarmJobConfiguration, find_own_variables


def test_process_differs_only_by_the_variables_that_its_run_asks_for():
    same = {"PATH": os.environ["PATH"], "UNSET": None, "PREFECT__FLOW_RUN_ID": "1"}
    configuration = WarmJobConfiguration(env={"OWN": "1", "OTHER": "2", **same})

    configuration.prepare_for_flow_run(FlowRun.model_construct())

    assert find_own_variables(configuration) == {"OWN": "1", "OTHER": "2"}
