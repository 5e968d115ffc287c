"""The deployments and automations that Prefect has."""
