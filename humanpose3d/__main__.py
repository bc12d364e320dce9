"""``python -m humanpose3d``."""

import sys

from humanpose3d.cli.main import main

sys.exit(main())
