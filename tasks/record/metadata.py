"""The metadata that all tables of the record are in."""

from sqlalchemy import MetaData

metadata = MetaData()
