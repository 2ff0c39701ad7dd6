"""The command line, as `python -m kinemacolor` starts it."""

from kinemacolor.cli.main import main

if __name__ == "__main__":
    main()
