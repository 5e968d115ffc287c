"""The edges: S3, OCR engines, PostgreSQL and Prefect's own records."""
