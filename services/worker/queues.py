"""The queues of a warm pool, each with a worker of its own."""

DEFAULT_QUEUE = "default"
MAINTENANCE_QUEUE = "maintenance"
"""Runs that keep the service going: documents never keep them waiting."""
MAINTENANCE_RUNS = 4
"""Maintenance runs at a time where each has a process or container of its own: each of the
scheduled flows has at most one."""
