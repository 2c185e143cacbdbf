"""What the benchmarks post to and read from: a TLS server for @connections, a DynamoDB of one topic.

Each runs in a process of its own, so that the CPU time of the process under test is its own. Run as
`python -m benchmarks.fan_out.servers management|tables …`; prints its port.
"""

import asyncio
import datetime as dt
import json
import ssl
import sys
from abc import ABC, abstractmethod
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

OK = (
    b"HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 20:00:00 GMT\r\nContent-Type: application/json\r\n"
    b"Content-Length: 0\r\nConnection: keep-alive\r\nx-amzn-RequestId: 6fa1d2f2-1b1c-4b52-8b6c-b1c3a1e6a\r\n"
    b"x-amz-apigw-id: TXzPWdnOjoECGjA=\r\n\r\n"
)
HEAD_END = b"\r\n\r\n"


def request_length(data: bytes) -> int | None:
    """How long the first request is; None when its head is not there yet."""
    end = data.find(HEAD_END)
    if end < 0:
        return None
    at = data.lower().find(b"content-length:", 0, end)
    body = int(data[at + 15 : data.find(b"\r", at)]) if at >= 0 else 0
    return end + len(HEAD_END) + body


class Requests(asyncio.Protocol, ABC):
    """Cuts what arrives into requests; `answer` says what to answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (length := request_length(self.data)) is not None and len(self.data) >= length:
            request, self.data = self.data[:length], self.data[length:]
            self.transport.write(self.answer(request))

    @abstractmethod
    def answer(self, request: bytes) -> bytes: ...


class Management(Requests):
    def answer(self, request: bytes) -> bytes:
        del request
        return OK


class Tables(Requests):
    """Query by shard with pages, Scan, and updates that all succeed."""

    shards: list[list[dict[str, dict[str, str]]]]

    def answer(self, request: bytes) -> bytes:
        head, _, body = request.partition(HEAD_END)
        operation = head.lower().partition(b"x-amz-target: dynamodb_20120810.")[2].split(b"\r")[0].decode()
        asked = json.loads(body)
        text = json.dumps(getattr(self, operation)(asked)).encode()
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(text), text)
        )

    def query(self, asked: dict) -> dict:  # type: ignore[type-arg]  # DynamoDB's JSON
        shard = int(asked["ExpressionAttributeValues"][":key"]["S"].rpartition("#")[2])
        after = asked.get("ExclusiveStartKey", {}).get("connection_id", {}).get("S")
        rows = self.shards[shard]
        start = 0 if after is None else int(after[:8]) + 1
        page = rows[start : start + asked["Limit"]]
        answer = {
            "Items": [{name: row[name] for name in ("connection_id", "connected_at")} for row in page],
            "Count": len(page),
            "ConsumedCapacity": {"TableName": "subscriptions", "CapacityUnits": len(page) / 40},
        }
        if start + len(page) < len(rows):
            answer["LastEvaluatedKey"] = {name: page[-1][name] for name in ("topic_shard", "connection_id")}
        return answer

    def scan(self, asked: dict) -> dict:  # type: ignore[type-arg]  # DynamoDB's JSON
        rows = [row for shard in self.shards for row in shard]
        start = int(asked.get("ExclusiveStartKey", {}).get("connection_id", {}).get("S", "0"))
        page = rows[start : start + 10_000]
        answer: dict[str, object] = {"Items": page, "Count": len(page), "ScannedCount": len(page)}
        if start + len(page) < len(rows):
            answer["LastEvaluatedKey"] = {"connection_id": {"S": str(start + len(page))}}
        return answer

    def updateitem(self, asked: dict) -> dict:  # type: ignore[type-arg]  # DynamoDB's JSON
        # As of a row that is new: whoever claims an event reads how often it was claimed.
        return {"Attributes": {**asked["Key"], "claims": {"N": "1"}}}


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key: RSA with 2,048 bits, as API Gateway's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file


def rows(count: int, shards: int) -> list[list[dict[str, dict[str, str]]]]:
    return [
        [
            {
                "topic_shard": {"S": f"jobs#{shard}"},
                "connection_id": {"S": f"{number:08}{shard:03}AAE="},
                "connected_at": {"N": "1763132400.123"},
                "expires_at": {"N": "4102444800"},
                "shard": {"N": str(shard)},
            }
            for number in range(count // shards + (shard < count % shards))
        ]
        for shard in range(shards)
    ]


async def serve(arguments: list[str]) -> None:
    kind, tls = Management, None
    if arguments[0] == "tables":
        kind = Tables  # type: ignore[assignment]  # both are Requests
        Tables.shards = rows(int(arguments[1]), int(arguments[2]))
    else:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments[1], arguments[2])
    server = await asyncio.get_running_loop().create_server(kind, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
