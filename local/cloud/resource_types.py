"""Which types of resource the local run makes, and which it leaves out on purpose, with the reason."""

from collections.abc import Mapping

MADE = frozenset(
    {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::IntegrationResponse",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::RouteResponse",
        "AWS::ApiGatewayV2::Stage",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::Events::Archive",
        "AWS::Events::EventBus",
        "AWS::Events::Rule",
        "AWS::Kinesis::Stream",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Version",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
        "AWS::SecretsManager::Secret",
        "AWS::StepFunctions::StateMachine",
    }
)

_ACCESS = "nothing checks permissions on this machine; the template's own tests hold them"
_WATCHING = "there is no CloudWatch here: logs show in the terminal"
_NAMES = "the local gateway answers at its own address"

LEFT_OUT: Mapping[str, str] = {
    "AWS::ApiGateway::Account": _WATCHING,
    "AWS::ApiGatewayV2::Deployment": "a local stage always serves the template as it is",
    "AWS::ApiGatewayV2::DomainName": _NAMES,
    "AWS::Budgets::Budget": "nothing is billed here",
    "AWS::CDK::Metadata": "says which constructs were used; makes nothing",
    "AWS::CertificateManager::Certificate": _NAMES,
    "AWS::CloudWatch::Alarm": _WATCHING,
    "AWS::CloudWatch::CompositeAlarm": _WATCHING,
    "AWS::CloudWatch::Dashboard": _WATCHING,
    "AWS::Events::EventBusPolicy": _ACCESS,
    "AWS::IAM::ManagedPolicy": _ACCESS,
    "AWS::IAM::Policy": _ACCESS,
    "AWS::IAM::Role": _ACCESS,
    "AWS::Lambda::Permission": _ACCESS,
    "AWS::Logs::LogGroup": _WATCHING,
    "AWS::Logs::MetricFilter": _WATCHING,
    "AWS::Logs::ResourcePolicy": _ACCESS,
    "AWS::Route53::RecordSet": _NAMES,
    "AWS::Route53::RecordSetGroup": _NAMES,
    "AWS::SNS::TopicPolicy": _ACCESS,
    "AWS::SQS::QueuePolicy": _ACCESS,
    "AWS::Serverless::Connector": _ACCESS,
}
