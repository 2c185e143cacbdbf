"""The one Logger and Metrics, configured by Powertools' own environment variables.

Traces are Lambda's own (active tracing). The X-Ray SDK for Python gets no updates after February 2027, and
importing it took a quarter of each cold start.
"""

import json
from functools import partial

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics

# ASCII only: a log line must stay one line in every viewer, also those that break at U+2028.
_one_line = partial(json.dumps, default=str, separators=(",", ":"))

logger = Logger(json_serializer=_one_line)
metrics = Metrics()
