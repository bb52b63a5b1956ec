"""Erasing a customer: from everything that was loaded at once, from the marts with the next release."""
