"""IAM policy evaluation for authorizers."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.policy import INVOKE, Decision, MalformedPolicy, evaluate

ARN = "arn:aws:execute-api:eu-west-1:123456789012:api/dev/$connect"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": INVOKE, "Resource": ARN, **elements}


def without(name: str, **elements: Any) -> dict[str, Any]:
    return {key: value for key, value in statement(**elements).items() if key != name}


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        pytest.param([statement()], Decision.ALLOWED, id="allow"),
        pytest.param(statement(), Decision.ALLOWED, id="one-statement-without-a-list"),
        pytest.param([statement(Action="execute-api:*")], Decision.ALLOWED, id="action-wildcard"),
        pytest.param([statement(Action="EXECUTE-API:invoke")], Decision.ALLOWED, id="action-case"),
        pytest.param([statement(Action=["s3:Get", "*"])], Decision.ALLOWED, id="action-list"),
        pytest.param([statement(Action="s3:GetObject")], Decision.DENIED, id="other-action"),
        pytest.param([statement(Resource="*")], Decision.ALLOWED, id="any-resource"),
        pytest.param([statement(Resource=ARN.upper())], Decision.DENIED, id="resource-case"),
        pytest.param([statement(Resource=ARN[:-1] + "?")], Decision.ALLOWED, id="question-mark"),
        pytest.param([statement(Resource=ARN + "/*")], Decision.DENIED, id="deeper"),
        pytest.param([without("Resource", NotResource="arn:other")], Decision.ALLOWED, id="not-resource"),
        pytest.param([without("Action", NotAction=INVOKE)], Decision.DENIED, id="not-action"),
        pytest.param([statement(), statement("Deny")], Decision.EXPLICITLY_DENIED, id="deny-wins"),
        pytest.param([statement("Deny"), statement()], Decision.EXPLICITLY_DENIED, id="deny-wins-first"),
        pytest.param(
            [statement("Deny", Resource="arn:other"), statement()], Decision.ALLOWED, id="other-deny"
        ),
    ],
)
def test_decisions(statements: Any, decision: Decision) -> None:
    assert evaluate({"Statement": statements}, action=INVOKE, resource=ARN) is decision


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="nothing"),
        pytest.param({}, id="no-statement"),
        pytest.param({"Statement": ["Allow"]}, id="not-a-statement"),
        pytest.param({"Statement": [statement("Perhaps")]}, id="effect"),
        pytest.param({"Statement": [without("Resource")]}, id="no-resource"),
        pytest.param({"Statement": [statement(Action=[1])]}, id="action-not-text"),
        pytest.param({"Statement": [statement(Condition={"x": 1})]}, id="condition"),
    ],
)
def test_malformed_policies(document: Any) -> None:
    with pytest.raises(MalformedPolicy):
        evaluate(document, action=INVOKE, resource=ARN)
