"""Build pages and MRZs from the output of cloud OCR engines."""
