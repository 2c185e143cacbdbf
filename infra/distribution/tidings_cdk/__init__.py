"""Real-time updates in your own CDK app: the construct `Tidings`.

`python -m tidings_cdk` runs the app on this machine, `tidings_cdk.testing` does so for tests. Neither needs
the CDK in its own process: the construct is imported when it is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.config import ConfigError
    from infra.tidings import Tidings

__all__ = ["ConfigError", "Tidings"]


def __getattr__(name: str) -> Any:
    if name == "Tidings":
        from infra.tidings import Tidings  # noqa: PLC0415 - as said above

        return Tidings
    if name == "ConfigError":
        from infra.config import ConfigError  # noqa: PLC0415 - as above

        return ConfigError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
