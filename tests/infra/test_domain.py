import pytest

from tests.infra.template import Template, logical_id_of

pytestmark = pytest.mark.xdist_group("infra")


def test_without_a_domain_clients_connect_to_the_stage(prod: Template) -> None:
    assert not prod.resources("AWS::ApiGatewayV2::DomainName")
    assert prod.outputs["WebSocketUrl"]["Fn::Join"][1][0] == "wss://"
    assert prod.outputs["WebSocketUrl"]["Fn::Join"][1][-1] == "/prod"


def test_the_domain_leads_to_the_stage_under_the_path_of_the_guide(prod_with_options: Template) -> None:
    domain = prod_with_options.properties("AWS::ApiGatewayV2::DomainName")
    mapping = prod_with_options.properties("AWS::ApiGatewayV2::ApiMapping")

    assert domain["DomainName"] == "api.example.com"
    assert domain["DomainNameConfigurations"][0]["SecurityPolicy"] == "TLS_1_2"
    assert mapping["ApiMappingKey"] == "api/v1/ws"
    assert mapping["Stage"] == "prod"
    assert logical_id_of(mapping["ApiId"]).startswith("WebSocketApi")
    assert prod_with_options.outputs["WebSocketUrl"] == "wss://api.example.com/api/v1/ws"
    assert "DomainTarget" in prod_with_options.outputs


def test_posts_go_to_the_stage_also_with_a_domain(prod: Template, prod_with_options: Template) -> None:
    """A stage's own address reaches all its connections, whichever name they came by."""

    def endpoint(template: Template) -> object:
        function = template.properties("AWS::Lambda::Function", name="PublisherFunction")
        return function["Environment"]["Variables"]["WS_ENDPOINT"]

    assert endpoint(prod_with_options) == endpoint(prod) == prod.outputs["ManagementEndpoint"]


def test_the_outputs_name_what_people_look_for(prod: Template) -> None:
    assert set(prod.outputs) == {
        "WebSocketUrl",
        "ManagementEndpoint",
        "EventBusName",
        "ConnectionsTable",
        "SubscriptionsTable",
        "EventsTable",
        "ScheduleTable",
        "AccessTable",
        "RejectedEventsUrl",
        "DeliveryFailedUrl",
        "PublisherFailedUrl",
        "SchedulerFailedUrl",
    }
