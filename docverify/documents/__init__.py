"""What the standards say about identity documents, as code and data."""
