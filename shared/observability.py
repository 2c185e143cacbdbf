"""The one Logger, Metrics and Tracer, configured by Powertools' own environment variables."""

import json
from functools import partial

from aws_lambda_powertools import Logger, Metrics, Tracer

# ASCII only: a log line must stay one line in every viewer, also those that break at U+2028.
_one_line = partial(json.dumps, default=str, separators=(",", ":"))

logger = Logger(json_serializer=_one_line)
metrics = Metrics()
tracer = Tracer()
