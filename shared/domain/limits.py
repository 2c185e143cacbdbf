"""Every limit in one place, with its source."""

# API Gateway quotas for WebSocket APIs:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
API_GATEWAY_MESSAGE_BYTES = 128 * 1024
API_GATEWAY_FRAME_BYTES = 32 * 1024
API_GATEWAY_CONNECTION_SECONDS = 2 * 60 * 60
API_GATEWAY_IDLE_SECONDS = 10 * 60

# SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
SQS_DELAY_SECONDS = 15 * 60
SQS_BATCH_ENTRIES = 10
# The quota is 1 MiB since 2026; we stay under the older one so that redrive tools of any age can move it.
SQS_MESSAGE_BYTES = 256 * 1024

# Our own promises to clients and producers.
EVENT_BYTES = 64 * 1024
CLIENT_MESSAGE_BYTES = 16 * 1024
# Ours need two levels; what is nested deeper is not meant for us.
CLIENT_MESSAGE_DEPTH = 16
EVENT_DEPTH = 64
REQUEST_ID_CHARACTERS = 64
USER_ID_CHARACTERS = 256
EVENT_ID_CHARACTERS = 128
SCHEDULE_KEY_CHARACTERS = 256
SCHEDULE_AHEAD_SECONDS = 365 * 24 * 60 * 60

# The largest whole number that every reader of JSON reads exactly.
JSON_INTEGER_MAX = 2**53 - 1
# What an answer that holds events may hold of them.
ANSWER_BYTES = 96 * 1024
# Of an answer to `history`, unless the client says otherwise, and at most.
HISTORY_EVENTS = 100
HISTORY_EVENTS_MAX = 300
INBOX_ITEMS = 20
INBOX_ITEMS_MAX = 100
# What is not seen is counted up to here: every item above the cursor is read to be counted.
UNSEEN_COUNTED_MAX = 1_000

# A row outlives its connection by ten minutes, so that a late $disconnect still finds it.
CONNECTION_ROW_SECONDS = API_GATEWAY_CONNECTION_SECONDS + 10 * 60
# A connection younger than this may not have finished its handshake: a 410 does not prove that it is gone.
# API Gateway waits 29 s for $connect's integration.
HANDSHAKE_SECONDS = 30.0
# A connection younger than this may not have had its welcome yet: whoever posts to it looks first.
YOUNG_SECONDS = 10.0

HEARTBEAT_SECONDS_MIN = 30
# API Gateway cuts a connection after 600 idle seconds: the ping must come well before.
HEARTBEAT_SECONDS_MAX = 540

# Per connection: 20 messages in 10 seconds, then `rate_limited`; five of those without a pause close it.
RATE_MESSAGES = 20
RATE_WINDOW_SECONDS = 10.0
RATE_STRIKES = 5

# How long an event id is remembered: EventBridge retries for up to 24 hours.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
EVENT_ROW_SECONDS = 25 * 60 * 60

# Providers' clocks and ours need not agree better than this.
CLOCK_SKEW_SECONDS = 60
# A token larger than this fits neither a URL (4,096 characters) nor most servers' headers.
TOKEN_CHARACTERS = 8 * 1024
# What a connection's row keeps of its token: grants, and the claims that rules read. Each message of the
# connection writes the row, a unit for each kilobyte.
KEPT_OF_TOKEN_BYTES = 4 * 1024
# A connection is told this long before its token ends, so that it can send a new one.
TOKEN_NOTICE_SECONDS = 60
# How long a revocation is remembered: no token that we accept should live longer.
REVOCATION_SECONDS = 30 * 24 * 60 * 60
CONNECTIONS_PER_USER = 20
CHANNELS_PER_CONNECTION = 50
