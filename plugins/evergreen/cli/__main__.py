"""`python -m evergreen.cli` is the `evergreen` command."""

from evergreen.cli.main import main

main()
