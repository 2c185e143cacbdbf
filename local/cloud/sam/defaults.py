"""The Globals section: maps are merged, lists added to, everything else replaced by the resource's own.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
"""

from collections.abc import Mapping
from typing import Any

from local.cloud.sam.generated import is_intrinsic


def with_globals(sections: Mapping[str, Any], body: Mapping[str, Any]) -> Mapping[str, Any]:
    section = sections.get(str(body["Type"]).rpartition("::")[2]) or {}
    return {**body, "Properties": merged(section, body.get("Properties") or {})}


def merged(shared: Any, own: Any) -> Any:
    if isinstance(shared, Mapping) and isinstance(own, Mapping):
        if is_intrinsic(shared) or is_intrinsic(own):
            return own
        both = {name: merged(shared[name], own[name]) for name in shared.keys() & own.keys()}
        return {**shared, **own, **both}
    if isinstance(shared, list) and isinstance(own, list):
        return [*shared, *own]
    return own
