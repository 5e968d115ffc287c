"""Fictitious identity documents of Utopia, drawn by code, with the contents of each."""
