"""Releases: a candidate is opened, built elsewhere, judged, published; the one before can come back."""
