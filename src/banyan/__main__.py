"""`python -m banyan` is the program `banyan`."""

from banyan.cli.main import main

main()
