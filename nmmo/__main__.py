"""`python -m nmmo`: the `nmmo` command where its script is not on the path."""

import sys

from nmmo.cli import main

sys.exit(main())
