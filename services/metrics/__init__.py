"""Metrics of the programs that run for long, for Prometheus, and their health."""
