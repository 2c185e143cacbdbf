"""The optional custom domain: wss://DOMAIN/PATH leads to the stage."""

from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_certificatemanager as acm
from constructs import Construct


class CustomDomain(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        path: str,
        certificate_arn: str,
        api: apigwv2.WebSocketApi,
        stage: apigwv2.WebSocketStage,
    ) -> None:
        super().__init__(scope, construct_id)
        domain = apigwv2.DomainName(
            self,
            "Domain",
            domain_name=name,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate_arn),
            security_policy=apigwv2.SecurityPolicy.TLS_1_2,
        )
        apigwv2.ApiMapping(self, "Mapping", api=api, domain_name=domain, stage=stage, api_mapping_key=path)
        self.url = f"wss://{name}/{path}"
        self.dns_target = domain.regional_domain_name
