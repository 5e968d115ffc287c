"""A corpus of made-up documents, genuine and attacked, with the truth about each."""
