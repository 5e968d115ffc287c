"""The metadata to which all tables of the record belong."""

from sqlalchemy import MetaData

metadata = MetaData()
