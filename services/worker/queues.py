"""The queues of a warm pool, each with a worker of its own."""

DEFAULT_QUEUE = "default"
MAINTENANCE_QUEUE = "maintenance"
"""Runs that keep the service going: documents never keep them waiting."""
