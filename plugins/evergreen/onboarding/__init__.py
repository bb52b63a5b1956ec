"""A new source from a look at a sample: definition, models, suite, ready to run and to be read."""
