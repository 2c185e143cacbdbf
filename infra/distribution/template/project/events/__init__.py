"""The events of this application: its channels, event types and payloads. The rest is derived from them."""

from events import orders
from tidings.catalog import Catalog

catalog = Catalog.of(orders)
