"""Secrets and parameters: those of the template, those given on the command line, and who refers to them.

Dynamic references: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

import json
import re
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}")
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a type of resource
PARAMETER = "AWS::SSM::Parameter"
ARN_PARTS = 7  # arn:aws:secretsmanager:region:account:secret:name
PASSWORD_LENGTH = 32
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """By name, as text."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    def looked_up(self, value: Any) -> Any:
        """With every reference that can be followed replaced; others stay as they are."""
        if isinstance(value, str) and "{{resolve:" in value:
            return _REFERENCE.sub(lambda match: self._text(match[1], match[2]) or match[0], value)
        if isinstance(value, Mapping):
            return {key: self.looked_up(item) for key, item in value.items()}
        return [self.looked_up(item) for item in value] if isinstance(value, list) else value

    def _text(self, service: str, reference: str) -> str | None:
        if service != "secretsmanager":
            return self.parameters.get(reference.partition(":")[0])
        parts = reference.split(":")
        count = ARN_PARTS if parts[0] == "arn" else 1
        name = parts[count - 1]
        text = self.secrets.get(name) or self.secrets.get(_secret_name(name))
        key = parts[count + 1] if len(parts) > count + 1 else ""
        if text is None or not key:
            return text
        try:
            return str(json.loads(text)[key])
        except (KeyError, TypeError, ValueError):
            return None


def secret_text(get: Callable[[str], Any]) -> str:
    """What the properties of a secret give: their text, or a generated one."""
    if get("SecretString") is not None:
        return str(get("SecretString"))
    asked = get("GenerateSecretString") or {}
    password = _password(asked)
    if "GenerateStringKey" not in asked:
        return password
    return json.dumps(
        {**json.loads(asked.get("SecretStringTemplate", "{}")), asked["GenerateStringKey"]: password}
    )


def _password(asked: Mapping[str, Any]) -> str:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html."""
    kinds = {
        "ExcludeLowercase": string.ascii_lowercase,
        "ExcludeUppercase": string.ascii_uppercase,
        "ExcludeNumbers": string.digits,
        "ExcludePunctuation": PUNCTUATION,
    }
    allowed = "".join(letters for name, letters in kinds.items() if asked.get(name) not in (True, "true"))
    allowed = "".join(letter for letter in allowed if letter not in asked.get("ExcludeCharacters", ""))
    return "".join(secrets.choice(allowed) for _ in range(int(asked.get("PasswordLength", PASSWORD_LENGTH))))


def _secret_name(part: str) -> str:
    """Secrets Manager ends each ARN with a hyphen and six characters."""
    return re.sub(r"-[A-Za-z0-9]{6}$", "", part)


def create(values: Values, *, secrets_manager: Any, ssm: Any) -> None:
    """Make them in the local AWS, for functions that ask for them."""
    for name, text in values.secrets.items():
        secrets_manager.create_secret(Name=name, SecretString=text)
    for name, text in values.parameters.items():
        ssm.put_parameter(Name=name, Value=text, Type="String")
