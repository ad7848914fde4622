"""``python -m ctkit``: the same as the command ``ctkit``."""

import sys

from .command import main

sys.exit(main())
