"""Reading source systems: their definitions, and what they deliver."""
