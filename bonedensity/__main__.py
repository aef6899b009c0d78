"""`python -m bonedensity`."""

from bonedensity.cli.main import main

if __name__ == "__main__":
    main()
