"""Prometheus metrics and health of the long-running programs."""
