"""Taking a source away again: what was loaded of it, and what the project holds of it."""
