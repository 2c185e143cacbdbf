"""The CDK app of this folder on this machine, up within a block or for pytest's tests.

```python
from tidings_cdk import testing

realtime = testing.fixture()  # a test that asks for `realtime` gets a tidings_local.Gateway
```
"""

from contextlib import AbstractContextManager
from typing import Any

import tidings_local
from tidings_local import DidNotStart, Gateway

__all__ = ["DidNotStart", "Gateway", "fixture", "running"]
PROGRAM = "tidings_cdk"


def running(**options: Any) -> AbstractContextManager[Gateway]:
    """As `tidings_local.running`, which names the options. Raises DidNotStart."""
    return tidings_local.running(program=PROGRAM, **options)


def fixture(*, scope: str = "session", **options: Any) -> Any:
    """As `tidings_local.fixture`."""
    return tidings_local.fixture(scope=scope, program=PROGRAM, **options)
