"""Runs the application of a template on this machine, in a process of its own, for tests and scripts."""

from .gateway import DidNotStart, Gateway
from .run import fixture, running

__all__ = ["DidNotStart", "Gateway", "fixture", "running"]
