"""The dispatcher: it announces verdicts that are not announced yet, every few seconds."""
