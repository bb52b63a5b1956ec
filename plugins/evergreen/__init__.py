"""Evergreen: a customer-relationship warehouse."""

__version__ = "0.1.0"
