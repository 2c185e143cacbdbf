"""The composition root: the only place that joins the use cases with AWS and the application's events."""

import os
from importlib import import_module
from typing import Unpack

from shared.bootstrap.adapters import Adapters, Overrides
from shared.bootstrap.use_cases import App
from shared.domain.catalog import with_system
from shared.settings import Settings
from tidings.catalog import Catalog

__all__ = ["App", "Overrides", "build_app"]


def build_app(
    settings: Settings | None = None, catalog: Catalog | None = None, **overrides: Unpack[Overrides]
) -> App:
    """The application for these settings (the environment's by default) and the events that they name.

    `overrides` replace ports by name: `build_app(settings, clock=FakeClock())`. Raises SettingsError, and
    DeclarationError for events that make no sense.
    """
    settings = settings or Settings.from_environment(os.environ)
    declared: Catalog = catalog or import_module(settings.events).catalog
    return App(Adapters(settings, with_system(declared), **overrides))
