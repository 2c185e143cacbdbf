"""Integrations of every kind, made ready to answer a route's events."""

from .backends import BackendRequest, BackendResponse, ServiceCall, ServiceCaller
from .http_backend import HttpClient
from .ready import Answering, IntegrationBuilder

__all__ = [
    "Answering",
    "BackendRequest",
    "BackendResponse",
    "HttpClient",
    "IntegrationBuilder",
    "ServiceCall",
    "ServiceCaller",
]
