"""What the page and the banner show of an application: they follow from its catalogue."""

from collections.abc import Mapping
from typing import Any

from tidings.catalog import Catalog, EventType
from tidings.samples import at, sample_of


def facts(catalog: Catalog) -> Mapping[str, Any]:
    """For each channel the types that producers send, and a sample of each type.

    A channel with parameters is the one that its first sample goes to.
    """
    sent = [type_ for type_ in catalog.types.values() if type_.from_producers]
    channels: dict[str, list[str]] = {}
    for declared in catalog.declared.values():
        types = [type_ for type_ in sent if type_.on == declared]
        name = declared.name if not declared.parameters else next((_channel(one) for one in types), None)
        if name is not None:
            channels.setdefault(name, []).extend(one.name for one in types)
    # What has no fields tells the system something.
    samples = {type_.name: sample_of(type_) for type_ in sent if type_.payload.model_fields}
    return {"channels": channels, "samples": samples}


def example(catalog: Catalog, *, now: float) -> tuple[str, Mapping[str, Any]]:
    """The first type that clients see, and a payload of it."""
    type_ = next(one for one in catalog.types.values() if one.channel is not None and one.from_producers)
    return type_.name, at(sample_of(type_), now)


def _channel(type_: EventType) -> str | None:
    return type_.channel_of(at(sample_of(type_), 0.0))
