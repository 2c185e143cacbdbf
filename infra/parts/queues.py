"""The queues of deliveries and of parts, and those where what could not be delivered waits for a person."""

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

# SQS keeps a message for 14 days at most.
KEEP_FAILED = Duration.days(14)
# AWS advises six times the function's timeout, so that a batch under retry is not received twice. Two are
# enough here: what is received twice is done once, and what dies with its function is wanted sooner. What
# fails comes back by itself after seconds.
VISIBILITY_PER_TIMEOUT = 2


class Queues(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        publisher_timeout: Duration,
        delivery_attempts: int,
        key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self.delivery_failed = self._queue("DeliveryFailed", keep=KEEP_FAILED)
        visibility = Duration.seconds(VISIBILITY_PER_TIMEOUT * int(publisher_timeout.to_seconds()))
        failed = sqs.DeadLetterQueue(queue=self.delivery_failed, max_receive_count=delivery_attempts)
        self.delivery = self._queue(
            "Delivery", keep=Duration.days(4), visibility=visibility, dead_letter_queue=failed
        )
        # Beside the other, so that a welcome never waits behind the parts of a large event.
        self.parts = self._queue(
            "Parts", keep=Duration.days(4), visibility=visibility, dead_letter_queue=failed
        )
        self.publisher_failed = self._queue("PublisherFailed", keep=KEEP_FAILED)
        self.scheduler_failed = self._queue("SchedulerFailed", keep=KEEP_FAILED)
        self.rejected = self._queue("RejectedEvents", keep=KEEP_FAILED)

    def _queue(
        self,
        construct_id: str,
        *,
        keep: Duration,
        visibility: Duration | None = None,
        dead_letter_queue: sqs.DeadLetterQueue | None = None,
    ) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            encryption=sqs.QueueEncryption.SQS_MANAGED if self._key is None else sqs.QueueEncryption.KMS,
            encryption_master_key=self._key,
            enforce_ssl=True,
            retention_period=keep,
            visibility_timeout=visibility,
            dead_letter_queue=dead_letter_queue,
        )
