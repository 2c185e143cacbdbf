"""What a shop's customers see of their orders."""

from tidings.catalog import Channel, Conflation, Payload, Reminder, TimeLeft, Timestamp, Who, event, hours


def own_order(who: Who, order_id: str) -> bool:
    """An order's number begins with its customer's name: ann-42."""
    return who.user_id is not None and order_id.startswith(f"{who.user_id}-")


ORDER = Channel("orders/{order_id}", may_join=own_order)
SHOP = Channel("shop")
SOON = Reminder("delivery.soon", before=hours(1), at="window_starts", key="order_id")


class Order(Payload):
    order_id: str


@event("order.shipped", ORDER)
class OrderShipped(Order):
    carrier: str


@event("courier.moved", ORDER, conflation=Conflation(key_field="order_id", window_seconds=2))
class CourierMoved(Order):
    stops_before_yours: int


@event("delivery.window", ORDER, plans=SOON)
class DeliveryWindow(Order):
    window_starts: Timestamp


@event("delivery.soon", ORDER)
class DeliverySoon(DeliveryWindow):
    time_until: TimeLeft


@event("order.delivered", ORDER, drops=SOON)
class OrderDelivered(Order):
    signed_by: str


@event("shop.notice", SHOP)
class ShopNotice(Payload):
    text: str
