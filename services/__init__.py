"""Processes that run for long."""
