"""The Lambda entry points: decode, one call, answer."""

import gc

# Imports make hardly any garbage. To look for it took a seventh of a cold start.
gc.disable()


def started() -> None:
    """Each handler calls it once its ports are built: from here on garbage is collected.

    What is there by now stays, so no collection looks at it: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
