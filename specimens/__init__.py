"""Fictitious identity documents of Utopia, drawn from nothing, and the truth about each."""
