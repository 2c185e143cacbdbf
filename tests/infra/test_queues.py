import pytest

from tests.infra.template import Template, logical_id_of

QUEUES = [
    "QueuesDelivery",
    "QueuesParts",
    "QueuesDeliveryFailed",
    "QueuesPublisherFailed",
    "QueuesSchedulerFailed",
    "QueuesRejectedEvents",
]
FOURTEEN_DAYS = 14 * 24 * 60 * 60


def logical_id(template: Template, name: str) -> str:
    (found,) = (key for key in template.resources("AWS::SQS::Queue") if key[:-8] == name)
    return found


def test_there_are_exactly_these_queues(prod: Template) -> None:
    assert len(prod.resources("AWS::SQS::Queue")) == len(QUEUES)


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_encrypted_and_speaks_tls_only(prod: Template, name: str) -> None:
    queue = logical_id(prod, name)
    policy = prod.properties("AWS::SQS::QueuePolicy", name=f"{name}Policy")
    denied = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ]

    assert prod.resources("AWS::SQS::Queue")[queue]["Properties"]["SqsManagedSseEnabled"] is True
    assert logical_id_of(policy["Queues"]) == queue
    assert [statement["Action"] for statement in denied] == ["sqs:*"]


@pytest.mark.parametrize("name", [name for name in QUEUES if name not in ("QueuesDelivery", "QueuesParts")])
def test_what_waits_for_a_person_waits_as_long_as_sqs_allows(prod: Template, name: str) -> None:
    queue = prod.resources("AWS::SQS::Queue")[logical_id(prod, name)]["Properties"]

    assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS


def test_a_delivery_that_keeps_failing_is_set_aside(prod: Template) -> None:
    queue = prod.resources("AWS::SQS::Queue")[logical_id(prod, "QueuesDelivery")]["Properties"]
    redrive = queue["RedrivePolicy"]

    assert logical_id_of(redrive["deadLetterTargetArn"]) == logical_id(prod, "QueuesDeliveryFailed")
    assert redrive["maxReceiveCount"] == 12


def test_a_delivery_whose_publisher_died_comes_back_after_twice_its_timeout(prod: Template) -> None:
    queue = prod.resources("AWS::SQS::Queue")[logical_id(prod, "QueuesDelivery")]["Properties"]
    publisher = prod.properties("AWS::Lambda::Function", name="PublisherFunction")

    assert queue["VisibilityTimeout"] == 2 * publisher["Timeout"]
