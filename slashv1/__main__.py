"""`python -m slashv1`."""

from slashv1.harness.cli import main

if __name__ == "__main__":
    main()
