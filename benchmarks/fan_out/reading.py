"""Reading a page of subscribers: botocore's parsing against a lean reading of the same answer."""

import json
import os
import time
from typing import Any

from benchmarks.fan_out.running import table
from benchmarks.fan_out.servers import rows

PAGE_ROWS = 1_000
ROUNDS = 20


def main() -> None:
    import botocore.session
    from botocore.parsers import ResponseParserFactory

    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    model = botocore.session.get_session().get_service_model("dynamodb").operation_model("Query")
    shape = model.output_shape
    assert shape is not None
    shard = rows(PAGE_ROWS, 1)[0]
    wide = json.dumps({"Items": shard, "Count": len(shard)}).encode()
    narrow_rows = [{name: row[name] for name in ("connection_id", "connected_at")} for row in shard]
    narrow = json.dumps({"Items": narrow_rows, "Count": len(shard)}).encode()
    parser = ResponseParserFactory().create_parser("json")

    def botocore_reads(body: bytes) -> Any:
        return parser.parse({"body": body, "headers": {}, "status_code": 200}, shape)

    found = [
        ("botocore, whole rows", microseconds(botocore_reads, wide), len(wide)),
        ("botocore, projected", microseconds(botocore_reads, narrow), len(narrow)),
        ("json.loads, whole rows", microseconds(json.loads, wide), len(wide)),
        ("json.loads, projected (ours)", microseconds(json.loads, narrow), len(narrow)),
    ]
    table(
        "Reading subscribers, a page of 1,000",
        ("reading", "µs an item", "bytes an item"),
        [(name, f"{cost:.2f}", f"{size / PAGE_ROWS:.0f}") for name, cost, size in found],
    )


def microseconds(read: Any, body: bytes) -> float:
    began = time.process_time()
    for _ in range(ROUNDS):
        read(body)
    return (time.process_time() - began) / ROUNDS / PAGE_ROWS * 1e6
