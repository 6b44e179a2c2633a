"""`python -m filmnet` is the same as `filmnet`."""

import sys

from filmnet.cli import main

if __name__ == "__main__":
    sys.exit(main())
