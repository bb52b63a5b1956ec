"""Marts as files: whole marts for analysts and other databases, audiences for marketing tools."""
