"""The deployments and automations in Prefect."""
