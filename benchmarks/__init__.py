"""Accuracy and speed, compared with peers in one run. The product imports nothing from here."""
