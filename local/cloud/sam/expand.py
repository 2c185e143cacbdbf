"""The transform: which templates it is for, and the order of its steps."""

from collections.abc import Callable, Mapping
from typing import Any

from local.cloud.errors import TemplateError
from local.cloud.sam.defaults import with_globals
from local.cloud.sam.functions import expand_function
from local.cloud.sam.generated import Generated
from local.cloud.sam.references import renamed
from local.cloud.sam.state_machines import expand_state_machine
from local.cloud.sam.tables import expand_layer, expand_table
from local.cloud.sam.websocket_apis import expand_websocket_api

TRANSFORM = "AWS::Serverless-2016-10-31"
# Its functions are refused one by one, where a template uses them.
HARMLESS = "AWS::LanguageExtensions"
PREFIX = "AWS::Serverless::"

EXPANSIONS: Mapping[str, Callable[[str, Mapping[str, Any]], Generated]] = {
    f"{PREFIX}Function": expand_function,
    f"{PREFIX}LayerVersion": expand_layer,
    f"{PREFIX}SimpleTable": expand_table,
    f"{PREFIX}StateMachine": expand_state_machine,
    f"{PREFIX}WebSocketApi": expand_websocket_api,
}


def expand(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """The template without the resource types that are expanded here; others stay. Raises TemplateError."""
    transforms = template.get("Transform") or []
    transforms = transforms if isinstance(transforms, list) else [transforms]
    for transform in transforms:
        if transform not in (TRANSFORM, HARMLESS):
            raise TemplateError(f"Transform: the local run has no {transform}")
    if TRANSFORM not in transforms:
        _check_plain(template)
        return template
    names: dict[str, str] = {}
    resources: dict[str, Any] = {}
    for logical_id, body in template["Resources"].items():
        expansion = EXPANSIONS.get(body.get("Type", "")) if isinstance(body, Mapping) else None
        if expansion is None:
            resources[logical_id] = body
            continue
        try:
            generated = expansion(logical_id, with_globals(template.get("Globals") or {}, body))
        except (AttributeError, KeyError, TypeError, ValueError) as exc:
            raise TemplateError(f"{logical_id}: cannot be read as {body['Type']}: {exc}") from exc
        inherited = {"Condition": body["Condition"]} if "Condition" in body else {}
        for name, made in generated.resources.items():
            if name in template["Resources"] and name != logical_id:
                raise TemplateError(f"{name}: {logical_id} generates a resource of the same name")
            resources[name] = {**inherited, **made}
        names |= generated.names
    rest = {key: value for key, value in template.items() if key not in ("Transform", "Globals")}
    expanded: Mapping[str, Any] = renamed({**rest, "Resources": resources}, names)
    return expanded


def _check_plain(template: Mapping[str, Any]) -> None:
    for logical_id, body in template["Resources"].items():
        if isinstance(body, Mapping) and str(body.get("Type", "")).startswith(PREFIX):
            raise TemplateError(
                f"{logical_id}: {body['Type']} needs `Transform: {TRANSFORM}` in the template"
            )
