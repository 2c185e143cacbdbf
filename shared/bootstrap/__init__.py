"""The composition root: the only place that joins the use cases with AWS and the application's events."""

import os
from typing import TYPE_CHECKING, Unpack

from shared.bootstrap.adapters import Adapters, Overrides
from shared.bootstrap.use_cases import App
from shared.settings import Settings

if TYPE_CHECKING:
    from tidings.catalog import Catalog

__all__ = ["App", "Overrides", "build_app"]


def build_app(
    settings: Settings | None = None, catalog: "Catalog | None" = None, **overrides: Unpack[Overrides]
) -> App:
    """The application for these settings (the environment's by default) and the events that they name.

    `overrides` replace ports by name: `build_app(settings, clock=FakeClock())`. Raises SettingsError.
    """
    return App(Adapters(settings or Settings.from_environment(os.environ), catalog, **overrides))
