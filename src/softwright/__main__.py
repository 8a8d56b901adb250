"""`python -m softwright`."""

from softwright.cli import main

main()
