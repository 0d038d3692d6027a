"""`python -m pargrade.cli` is `pargrade`."""

from pargrade.cli import main

if __name__ == "__main__":
    main()
