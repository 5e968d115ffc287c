"""Standards and rules of identity documents, as code and data."""
