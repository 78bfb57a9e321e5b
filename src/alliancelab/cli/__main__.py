"""`python -m alliancelab.cli` is the command."""

from alliancelab.cli import main

if __name__ == "__main__":
    main()
