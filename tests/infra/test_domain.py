from collections.abc import Callable

from tests.infra.template import Template, logical_id_of


def test_without_a_domain_clients_connect_to_the_stage(prod: Template) -> None:
    assert not prod.resources("AWS::ApiGatewayV2::DomainName")
    assert prod.outputs["WebSocketUrl"]["Fn::Join"][1][0] == "wss://"
    assert prod.outputs["WebSocketUrl"]["Fn::Join"][1][-1] == "/prod"


def test_the_domain_leads_to_the_stage_under_the_path_of_the_settings(prod_with_options: Template) -> None:
    domain = prod_with_options.properties("AWS::ApiGatewayV2::DomainName")
    mapping = prod_with_options.properties("AWS::ApiGatewayV2::ApiMapping")

    assert domain["DomainName"] == "api.example.com"
    assert domain["DomainNameConfigurations"][0]["SecurityPolicy"] == "TLS_1_2"
    assert mapping["ApiMappingKey"] == "ws"
    assert mapping["Stage"] == "prod"
    assert logical_id_of(mapping["ApiId"]).startswith("WebSocketApi")
    assert prod_with_options.outputs["WebSocketUrl"] == "wss://api.example.com/ws"
    assert "DomainTarget" in prod_with_options.outputs


DOMAIN = {
    "domain_name": "api.example.com",
    "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1234",
}


def endpoint(template: Template) -> object:
    function = template.properties("AWS::Lambda::Function", name="PublisherFunction")
    assert template.outputs["ManagementEndpoint"] == function["Environment"]["Variables"]["WS_ENDPOINT"]
    return template.outputs["ManagementEndpoint"]


def test_the_path_is_the_one_of_the_guide_unless_set(synthesise: Callable[..., Template]) -> None:
    mapping = synthesise("prod", **DOMAIN).properties("AWS::ApiGatewayV2::ApiMapping")

    assert mapping["ApiMappingKey"] == "api/v1/ws"


def test_posts_go_to_the_stage_also_with_a_domain(
    prod: Template, synthesise: Callable[..., Template]
) -> None:
    """A stage's own address reaches all its connections, whichever name they came by."""
    with_domain = synthesise("prod", **DOMAIN)

    assert endpoint(with_domain) == endpoint(prod)
    assert "DisableExecuteApiEndpoint" not in with_domain.properties("AWS::ApiGatewayV2::Api")


def test_posts_go_by_the_domain_where_the_stages_own_address_is_closed(prod_with_options: Template) -> None:
    assert prod_with_options.properties("AWS::ApiGatewayV2::Api")["DisableExecuteApiEndpoint"] is True
    assert endpoint(prod_with_options) == "https://api.example.com/ws"


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
        "DeliveryQueueUrl",
        "PartsQueueUrl",
        "RejectedEventsUrl",
        "DeliveryFailedUrl",
        "PublisherFailedUrl",
        "SchedulerFailedUrl",
    }
