"""What each thing costs in AWS requests and DynamoDB units. A test holds it, and `make cost` reads it."""

CROWD = 10_000
SHARDS = 8
# An offset of its stream, and the row that keeps it: of up to a kilobyte.
MEMORY_WRITES = 2
# What: read units, write units, posts, requests. Eight shards, rows of 90 bytes or so.
EXACT_COUNTS: dict[str, tuple[float, float, int, dict[str, int]]] = {
    "connect": (0, 5, 0, {"PutItem": 1, "BatchWriteItem": 1, "SendMessage": 1}),
    # Two channels and the user: a stream that nobody has used for a week is made by a write.
    "welcome of a new user on new channels": (3, 5, 1, {"UpdateItem": 5, "BatchGetItem": 1}),
    "its welcome": (3, 2, 1, {"UpdateItem": 2, "BatchGetItem": 1}),
    "subscribe to a new channel": (
        11,
        3,
        0,
        {"UpdateItem": 2, "PutItem": 1, "GetItem": 1, "Query": 8, "BatchGetItem": 1},
    ),
    "subscribe": (11, 2, 0, {"UpdateItem": 1, "PutItem": 1, "GetItem": 1, "Query": 8, "BatchGetItem": 1}),
    "unsubscribe": (0, 2, 0, {"UpdateItem": 1, "DeleteItem": 1}),
    "event to a user": (2, 4, 1, {"UpdateItem": 3, "PutItem": 1, "Query": 1, "BatchGetItem": 1}),
    "the same id again": (0, 1, 0, {"UpdateItem": 1}),
    # The row of the item; and of the look that is planned, with one unit more for its place in the index.
    "event of the inbox": (2, 5, 0, {"UpdateItem": 3, "PutItem": 2, "Query": 1, "BatchGetItem": 1}),
    "the same, to be seen in time": (2, 6, 0, {"UpdateItem": 3, "PutItem": 3, "Query": 1, "BatchGetItem": 1}),
    # The items that are not seen are counted: those of up to four kilobytes for a unit.
    "welcome with unseen items": (4, 2, 1, {"UpdateItem": 2, "BatchGetItem": 1, "Query": 1}),
    "inbox": (3, 1, 0, {"UpdateItem": 1, "GetItem": 1, "Query": 2}),
    "inbox where all is seen": (2, 1, 0, {"UpdateItem": 1, "GetItem": 1, "Query": 1}),
    "seen, told to another device": (1, 2, 0, {"UpdateItem": 2, "Query": 1, "SendMessage": 1}),
    "look for an item that was seen": (2, 1, 0, {"GetItem": 2, "DeleteItem": 1}),
    # The bus is told, under a claim; two reads say whether a device that hears the channel is there.
    "look for one that was not": (
        5,
        3,
        0,
        {"GetItem": 3, "UpdateItem": 2, "DeleteItem": 1, "Query": 1, "BatchGetItem": 1},
    ),
    # The row is read before it is deleted: a deletion that is asked for twice still knows the channels.
    "disconnect": (1, 5, 0, {"GetItem": 1, "DeleteItem": 1, "BatchWriteItem": 1}),
    # A claim, an end, two for its memory, and its place saved when a page is through: each 1,000 posts or so.
    "event to 10,000": (224, 13, CROWD, {"UpdateItem": 12, "PutItem": 1, "Query": 16}),
    # Its row has four kilobytes instead of one.
    "event of 3.5 KB to nobody": (8, 7, 0, {"UpdateItem": 3, "PutItem": 1, "Query": 8}),
    # The heads of seven channels, in one request; not where nobody is there to hear of them.
    "ping": (11.5, 2, 1, {"UpdateItem": 2, "Query": 8, "BatchGetItem": 1}),
    "ping to nobody": (8, 2, 0, {"UpdateItem": 2, "Query": 8}),
    # Each question: the write that admits it, the head, and up to 300 rows in one Query.
    "resume of 0 events": (0, 0, 0, {}),
    "resume of 10 events": (2, 1, 0, {"UpdateItem": 1, "BatchGetItem": 1, "Query": 1}),
    "resume of 300 events": (27, 1, 0, {"UpdateItem": 1, "BatchGetItem": 1, "Query": 1}),
    # The rows were read a moment ago: the head tells that they are all.
    "the same 300, for another client": (1, 1, 0, {"UpdateItem": 1, "BatchGetItem": 1}),
    "resume of 10,000 events": (901, 34, 0, {"UpdateItem": 34, "BatchGetItem": 34, "Query": 34}),
}
# Of a connection with as many channels as it may have, 50 of `orders/` and twelve digits. Its row is over a
# kilobyte then: each write of it costs two units. A channel with parameters has one shard: one query counts.
EXACT_CHANNEL_COUNTS: dict[str, tuple[float, float, int, dict[str, int]]] = {
    "connect, 49 channels": (0, 52, 0, {"PutItem": 1, "BatchWriteItem": 3, "SendMessage": 1}),
    # Nobody has used these streams before: each is made by a write. A later welcome reads 50 heads.
    "its welcome": (50, 53, 1, {"UpdateItem": 52, "BatchGetItem": 1}),
    "subscribe, the 50th": (
        4,
        4,
        0,
        {"UpdateItem": 2, "PutItem": 1, "GetItem": 1, "Query": 1, "BatchGetItem": 1},
    ),
    "subscribe, one too many": (0, 4, 0, {"UpdateItem": 2}),
    "any other message": (0, 2, 0, {"UpdateItem": 1}),
    "unsubscribe": (0, 3, 0, {"UpdateItem": 1, "DeleteItem": 1}),
    "event to one of its channels": (1, 4, 1, {"UpdateItem": 3, "PutItem": 1, "Query": 1}),
    "event to its user": (2, 4, 1, {"UpdateItem": 3, "PutItem": 1, "Query": 1, "BatchGetItem": 1}),
    "disconnect, 49 channels": (1, 53, 0, {"GetItem": 1, "DeleteItem": 1, "BatchWriteItem": 3}),
    # The row is read before the rule is asked: one unit more than a grant costs.
    "subscribe, asking a rule": (
        5,
        4,
        0,
        {"GetItem": 2, "UpdateItem": 3, "PutItem": 1, "Query": 1, "BatchGetItem": 1},
    ),
    # The head is read: where the stream is there, it must know that something was not kept.
    "event that is not kept": (2, 2, 0, {"UpdateItem": 2, "Query": 1, "BatchGetItem": 1}),
}
