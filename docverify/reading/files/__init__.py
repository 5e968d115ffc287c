"""File formats: limits, pages, images, PDF, metadata."""
