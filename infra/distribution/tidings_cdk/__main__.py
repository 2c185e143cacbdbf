"""`python -m tidings_cdk`: the CDK app of this folder on this machine.

The local run is a program with modules of its own. They are found by this process alone, and so are not
in the way of an application that has modules of the same names.
"""

import sys
from pathlib import Path

PROGRAM = Path(__file__).parent / "_program"


def main() -> None:
    sys.path.insert(0, str(PROGRAM))
    from local.__main__ import main as program  # noqa: PLC0415 - it is found from here on

    from .own_app import OwnApp  # noqa: PLC0415 - as above

    program("python -m tidings_cdk", OwnApp(Path.cwd()))


if __name__ == "__main__":
    main()
