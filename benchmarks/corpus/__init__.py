"""A corpus of synthetic documents, genuine ones and attacks, each with its labels."""
