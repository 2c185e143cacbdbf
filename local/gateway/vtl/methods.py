"""The methods of Java's String, List, Map and numbers that templates call."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import TemplateFailed
from .values import Functions, equal, to_text

Methods = Mapping[str, Callable[..., Any]]


def _group_references(replacement: str) -> Callable[[re.Match[str]], str]:
    """`$1` is a group and a backslash takes the next character as it is: Java's rules, not Python's."""

    def expand(match: re.Match[str]) -> str:
        def one(piece: re.Match[str]) -> str:
            return piece[2] if piece[2] is not None else match[int(piece[1])] or ""

        return re.sub(r"\$(\d)|\\(.)", one, replacement, flags=re.DOTALL)

    return expand


def _split(text: str, pattern: str) -> list[str]:
    pieces = re.split(pattern, text)
    while len(pieces) > 1 and not pieces[-1]:  # Java drops empty pieces at the end
        pieces.pop()
    return pieces


def _substring(text: str, start: int, end: int | None = None) -> str:
    if not 0 <= start <= (len(text) if end is None else end) <= len(text):
        raise IndexError(f"substring({start}, {end}) of {len(text)} characters")
    return text[start:end]


_OF_TEXT: Methods = {
    "charAt": lambda text, place: text[place],
    "concat": lambda text, other: text + other,
    "contains": lambda text, other: other in text,
    "endsWith": str.endswith,
    "equalsIgnoreCase": lambda text, other: text.lower() == to_text(other).lower(),
    "indexOf": str.find,
    "isEmpty": lambda text: not text,
    "lastIndexOf": str.rfind,
    "length": len,
    "matches": lambda text, pattern: re.fullmatch(pattern, text) is not None,
    "replace": str.replace,
    "replaceAll": lambda text, pattern, new: re.sub(pattern, _group_references(new), text),
    "replaceFirst": lambda text, pattern, new: re.sub(pattern, _group_references(new), text, count=1),
    "split": _split,
    "startsWith": str.startswith,
    "substring": _substring,
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "trim": str.strip,
}


def _add(items: list[Any], *arguments: Any) -> bool:
    items.insert(arguments[0] if len(arguments) > 1 else len(items), arguments[-1])
    return True


def _set_item(items: list[Any], place: int, value: Any) -> Any:
    before, items[place] = items[place], value
    return before


def _position(items: list[Any], value: Any) -> int:
    return next((place for place, item in enumerate(items) if equal(item, value)), -1)


def _add_all(items: list[Any], more: list[Any]) -> bool:
    items.extend(more)
    return bool(more)


_OF_LIST: Methods = {
    "add": _add,
    "addAll": _add_all,
    "contains": lambda items, value: _position(items, value) >= 0,
    "count": len,
    "get": lambda items, place: items[place],
    "indexOf": _position,
    "isEmpty": lambda items: not items,
    "remove": lambda items, place: items.pop(place),
    "set": _set_item,
    "size": len,
}


def _put(entries: dict[str, Any], name: str, value: Any) -> Any:
    before = entries.get(name)
    entries[name] = value
    return before


def _entry(name: str, value: Any) -> Functions:
    return Functions({"getKey": lambda: name, "getValue": lambda: value}, {"key": name, "value": value})


_OF_MAP: Methods = {
    "containsKey": lambda entries, name: name in entries,
    "containsValue": lambda entries, value: value in entries.values(),
    "entrySet": lambda entries: [_entry(name, value) for name, value in entries.items()],
    "get": dict.get,
    "getOrDefault": dict.get,
    "isEmpty": lambda entries: not entries,
    "keySet": list,
    "put": _put,
    "putAll": dict.update,
    "remove": lambda entries, name: entries.pop(name, None),
    "size": len,
    "values": lambda entries: list(entries.values()),
}
_OF_ALL: Methods = {"equals": equal, "toString": to_text}
_OF_NUMBER: Methods = {"intValue": int, "longValue": int, "doubleValue": float}


def call(value: Any, name: str, arguments: list[Any]) -> Any:
    """Raise TemplateFailed. A method of what is not there gives nothing."""
    if value is None:
        return None
    if isinstance(value, Functions):
        method, arguments = value.methods.get(name), list(arguments)
    else:
        method, arguments = _method_of(value, name), [value, *arguments]
    if method is None:
        raise TemplateFailed(f"{type(value).__name__} has no method {name} here")
    try:
        return method(*arguments)
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError, re.error) as exc:
        raise TemplateFailed(f"{name}: {exc}") from exc


def _method_of(value: Any, name: str) -> Callable[..., Any] | None:
    for kind, methods in ((str, _OF_TEXT), (list, _OF_LIST), (dict, _OF_MAP), (int | float, _OF_NUMBER)):
        if isinstance(value, kind) and name in methods:
            return methods[name]
    return _OF_ALL.get(name)
