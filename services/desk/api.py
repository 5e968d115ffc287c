"""The read API: the current verdict of a document, and the verdicts since a moment."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1", tags=["verdicts"])
