"""`python -m kinemacolor`: the command."""

from kinemacolor.cli.main import main

main()
