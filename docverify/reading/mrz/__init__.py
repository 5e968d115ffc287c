"""Find and read the MRZ in an image."""
