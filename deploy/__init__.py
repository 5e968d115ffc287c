"""Puts the pipeline on AWS with Prefect Cloud, or on this machine with everything embedded."""
