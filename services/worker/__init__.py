"""The warm worker: it executes flow runs in processes that it keeps for the next run."""
