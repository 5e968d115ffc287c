"""Long-running programs."""
