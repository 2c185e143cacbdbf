"""The whole system on this machine, started once: events go in by its bus and come out at a client."""

from tidings import Listener
from tidings.producer import Producer
from tidings_cdk import testing

from events import catalog
from events.orders import OrderShipped

realtime = testing.fixture()


def test_a_shipped_order_is_told(realtime):
    producer = Producer(realtime.client("events"), bus=realtime.bus, source="tests")
    shipped = OrderShipped(order_id=42, carrier="DHL")
    with Listener(realtime.url, channels=["orders"], catalog=catalog) as events:
        producer.publish(shipped)
        assert next(iter(events)).payload == shipped
