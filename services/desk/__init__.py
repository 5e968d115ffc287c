"""The review desk and the read API: one web application on the record."""
