"""The command line as ``python -m micrographia``."""

from micrographia.cli import main

if __name__ == "__main__":
    main()
