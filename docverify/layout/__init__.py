"""Identification of the document on a page, and the positions of its parts."""
