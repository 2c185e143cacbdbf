from datetime import UTC, datetime, timedelta

import pytest
from tidings import Listener
from tidings.catalog import Who
from tidings.producer import Producer
from tidings_cdk import testing

from events import catalog
from events.orders import ORDER, DeliveryWindow, OrderDelivered, OrderShipped

realtime = testing.fixture()


def publish(realtime, payload):
    Producer(realtime.client("events"), bus=realtime.bus, source="shop").publish(payload)
    realtime.advance()  # by nothing: what is under way arrives


@pytest.mark.parametrize(("user", "may"), [("ann", True), ("bob", False), (None, False)])
def test_customers_follow_their_own_orders_and_no_others(user, may):
    assert ORDER.may_join(Who(user), order_id="ann-42") is may


@pytest.mark.parametrize("is_delivered", [False, True])
def test_the_courier_is_announced_an_hour_before_unless_it_has_come(realtime, is_delivered):
    order = f"ann-{is_delivered}"
    starts = datetime.fromtimestamp(realtime.state()["now"], UTC) + timedelta(minutes=70)
    with Listener(realtime.url, user_id="ann", channels=[f"orders/{order}"], catalog=catalog) as events:
        window = DeliveryWindow(order_id=order, window_starts=starts.isoformat(timespec="seconds"))
        publish(realtime, window)
        assert events.next(timeout_seconds=30).payload == window
        if is_delivered:
            publish(realtime, OrderDelivered(order_id=order, signed_by="Ann"))
        realtime.advance(minutes=11)
        publish(realtime, OrderShipped(order_id=order, carrier="the last"))
        told = [events.next(timeout_seconds=30).type for _ in range(2)]
    assert told == ["order.delivered" if is_delivered else "delivery.soon", "order.shipped"]
