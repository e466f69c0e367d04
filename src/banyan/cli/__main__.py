"""`python -m banyan.cli` is the program `banyan`."""

from banyan.cli.main import main

main()
