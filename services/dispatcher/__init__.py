"""The dispatcher: every few seconds, it announces the verdicts not announced yet."""
