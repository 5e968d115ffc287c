"""The queues of a warm pool, each with its own worker."""

DEFAULT_QUEUE = "default"
MAINTENANCE_QUEUE = "maintenance"
"""Runs that keep the service going: documents never keep them waiting."""
MAINTENANCE_RUNS = 4
"""Maintenance runs at a time if each has its own process: at most one for each scheduled flow."""
