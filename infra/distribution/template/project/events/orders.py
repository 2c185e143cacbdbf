from tidings.catalog import Channel, Id, Payload, Text, event

ORDERS = Channel("orders")


@event("order.shipped", ORDERS)
class OrderShipped(Payload):
    order_id: Id
    carrier: Text
