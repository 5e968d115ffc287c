"""Measure verdicts and readings against the truth."""
