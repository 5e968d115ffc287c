"""OCR engines: requests and responses, and the pool of reader processes."""
