"""The queues of a warm pool, each with its own worker."""

DEFAULT_QUEUE = "default"
MAINTENANCE_QUEUE = "maintenance"
"""The queue of maintenance runs, which documents never keep waiting."""
MAINTENANCE_RUNS = 4
"""Maintenance runs at a time if each has its own process: at most one for each scheduled flow."""
