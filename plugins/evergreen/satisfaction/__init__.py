"""What drives satisfaction: regressions and path models of answers. Arrays in, arrays out."""
