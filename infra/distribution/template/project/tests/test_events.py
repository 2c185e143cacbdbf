from tidings import Listener

from events import catalog
from events.orders import OrderShipped


def test_a_shipped_order_is_told(realtime, publish):
    shipped = OrderShipped(order_id=42, carrier="DHL")
    with Listener(realtime.url, channels=["orders"], catalog=catalog) as events:
        publish(shipped)
        assert events.next(timeout_seconds=60).payload == shipped
