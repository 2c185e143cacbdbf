"""The five tables. Every row carries `expires_at`; readers filter on it, for TTL deletes days late.

What is kept, is kept in three of them: rows of live connections mean nothing to another API.
"""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

DUE_INDEX = "due"


class Storage(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, keep_data: bool, key: kms.IKey | None = None
    ) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self.connections = self._table("Connections", partition_key=_string("connection_id"))
        self.subscriptions = self._table(
            "Subscriptions", partition_key=_string("topic_shard"), sort_key=_string("connection_id")
        )
        self.events = self._table(
            "Events", partition_key=_string("stream"), sort_key=_number("offset"), keep=keep_data
        )
        self.access = self._table("Access", partition_key=_string("access_key"), keep=keep_data)
        self.schedule = self._table("Schedule", partition_key=_string("schedule_key"), keep=keep_data)
        self.schedule.add_global_secondary_index(
            index_name=DUE_INDEX,
            partition_key=_string("due_shard"),
            sort_key=_number("due_at"),
            # The tick needs to know only what is due: the rest of a row would cost with every write and read.
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )

    def _table(
        self,
        construct_id: str,
        *,
        partition_key: dynamodb.Attribute,
        sort_key: dynamodb.Attribute | None = None,
        keep: bool = False,
    ) -> dynamodb.Table:
        # Table, not TableV2: that is AWS::DynamoDB::GlobalTable, which local tools do not know.
        return dynamodb.Table(
            self,
            construct_id,
            partition_key=partition_key,
            sort_key=sort_key,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires_at",
            encryption=dynamodb.TableEncryption.AWS_MANAGED
            if self._key is None
            else dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self._key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=keep
            ),
            deletion_protection=keep,
            removal_policy=RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY,
        )


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _number(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.NUMBER)
