"""Accuracy and speed, measured beside peers in one run; nothing here is imported by the product."""
