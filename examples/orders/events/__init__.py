from events import orders
from tidings.catalog import Catalog

catalog = Catalog.of(orders)
