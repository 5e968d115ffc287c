"""The stories that Prefect runs."""
