"""Deployment of the pipeline: on AWS with Prefect Cloud, or embedded on this machine."""
