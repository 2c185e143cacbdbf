"""What takes an adapter's place: in tests, in the simulation, where a client is chosen."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

    from shared.app import ports


class Overrides(TypedDict, total=False):
    """What takes an adapter's place, by the port's name."""

    access: "ports.Access"
    admission: "ports.Admission"
    bus: "ports.Bus"
    clock: "ports.Clock"
    greetings: "ports.Greetings"
    history: "ports.History"
    inbox: "ports.Inbox"
    jitter: Callable[[], float]
    orphan_rows: "ports.OrphanRows"
    parts: "ports.Queue"
    queue: "ports.Queue"
    registry: "ports.Registry"
    rejections: "ports.Rejections"
    schedule: "ports.Schedule"
    sender: "ports.Sender"
    streams: "ports.Streams"
    subscribers: "ports.Subscribers"
    tokens: "ports.Tokens"
    user_rows: "ports.UserRows"
    windows: "ports.Windows"
    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
