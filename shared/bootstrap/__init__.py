"""The composition root: the only place that joins the use cases with AWS and the application's events."""

import os
from typing import TYPE_CHECKING, Unpack

from shared.bootstrap.adapters import Adapters
from shared.bootstrap.overrides import Overrides
from shared.domain.lease import Lease
from shared.settings import Settings

if TYPE_CHECKING:
    from tidings.catalog import Catalog

__all__ = ["Adapters", "Overrides", "build_ports", "new_lease"]


def build_ports(
    *needed: str,
    settings: Settings | None = None,
    catalog: "Catalog | None" = None,
    **overrides: Unpack[Overrides],
) -> Adapters:
    """The ports for these settings (the environment's by default) and the events that they name.

    A function names the ports that it needs: they are built now, and not while somebody waits. `overrides`
    replace ports by name: `build_ports(clock=FakeClock())`. Raises SettingError.
    """
    ports = Adapters(settings or Settings.from_environment(os.environ), catalog, **overrides)
    ports.build(*needed)
    return ports


def new_lease(ports: Adapters, seconds: float) -> Lease:
    """What an invocation that may run for so long takes hold of rows with."""
    return Lease(owner=os.urandom(8).hex(), until=ports.clock.now() + seconds)
