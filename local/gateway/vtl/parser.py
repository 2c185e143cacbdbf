"""Reads a template: text, references and directives."""

from __future__ import annotations

import re

from .expression_parser import ExpressionParser, punctuation
from .expressions import Expression, Literal
from .nodes import Break, Foreach, If, Interpolated, Node, Set, Shown, Stop, Text
from .scanner import Scanner

# Text goes on to the next sign that may begin something. `\$` and `\#` are those signs themselves.
_TEXT = re.compile(r"[^$#\\]+")
_ESCAPED = re.compile(r"\\([$#])")
_ANY = re.compile(r".", re.DOTALL)
_COMMENT = re.compile(r"##[^\n]*(\n|$)|#\*.*?\*#", re.DOTALL)
_LITERAL = re.compile(r"#\[\[(.*?)\]\]#", re.DOTALL)
_DIRECTIVE = re.compile(r"#(\{)?(set|if|elseif|else|end|foreach|break|stop)\b(?(1)\})")
_NOT_EMULATED = re.compile(r"#(macro|define|parse|include|evaluate)\b\s*\(")
_REST_OF_LINE = re.compile(r"[ \t]*\r?\n")
_IN = re.compile(r"\s+in\s+")
_OPEN, _CLOSE, _EQUALS = punctuation("("), punctuation(")"), re.compile(r"\s*=(?!=)")
_ENDS = ("elseif", "else", "end")


def parse(text: str) -> list[Node]:
    """Raise TemplateSyntaxError."""
    parser = _Parser(text)
    nodes, ended_by = parser.nodes()
    if ended_by:
        parser.scanner.fail(f"#{ended_by} without its #if or #foreach")
    return nodes


def _interpolated(text: str) -> Expression:
    if "$" not in text and "#" not in text:
        return Literal(text)
    return Interpolated(parse(text))


class _Parser:
    def __init__(self, text: str) -> None:
        self.scanner = Scanner(text)
        self._expressions = ExpressionParser(self.scanner, _interpolated)

    def nodes(self) -> tuple[list[Node], str]:
        """Up to the end of the text, or to the directive that ends a block: its name."""
        found: list[Node] = []
        while not self.scanner.at_end:
            if (directive := self.scanner.take(_DIRECTIVE)) is not None:
                if directive[2] in _ENDS:
                    return found, directive[2]
                found.append(self._directive(directive[2]))
                self.scanner.take(_REST_OF_LINE)
            elif (node := self._plain()) is not None:
                found.append(node)
        return found, ""

    def _plain(self) -> Node | None:
        scanner = self.scanner
        if (text := scanner.take(_TEXT)) is not None:
            return Text(text[0])
        if scanner.take(_COMMENT):
            return None
        if (text := scanner.take(_LITERAL) or scanner.take(_ESCAPED)) is not None:
            return Text(text[1])
        if _NOT_EMULATED.match(scanner.text, scanner.place):
            scanner.fail("a directive that the local gateway does not emulate")
        if (reference := self._expressions.reference()) is not None:
            return Shown(reference)
        return Text(scanner.require(_ANY, "text")[0])

    def _directive(self, name: str) -> Node:
        match name:
            case "set":
                return self._set()
            case "if":
                return self._if()
            case "foreach":
                return self._foreach()
            case "break":
                return Break()
            case _:
                return Stop()

    def _set(self) -> Node:
        self.scanner.require(_OPEN, "(")
        self.scanner.take(re.compile(r"\s*"))
        reference = self._expressions.reference()
        if reference is None:
            self.scanner.fail("#set: a reference is missing")
        self.scanner.require(_EQUALS, "=")
        expression = self._expressions.expression()
        self.scanner.require(_CLOSE, ")")
        return Set(reference, expression)

    def _if(self) -> Node:
        branches: list[tuple[Expression, list[Node]]] = []
        condition = self._condition()
        while True:
            body, ended_by = self._block("#if")
            branches.append((condition, body))
            if ended_by == "end":
                return If(branches)
            condition = self._condition() if ended_by == "elseif" else Literal(True)

    def _foreach(self) -> Node:
        self.scanner.require(_OPEN, "(")
        self.scanner.take(re.compile(r"\s*"))
        reference = self._expressions.reference()
        if reference is None or reference.steps:
            self.scanner.fail("#foreach: the name of a variable is missing")
        self.scanner.require(_IN, "in")
        items = self._expressions.expression()
        self.scanner.require(_CLOSE, ")")
        body, ended_by = self._block("#foreach")
        if ended_by != "end":
            self.scanner.fail(f"#{ended_by} within #foreach")
        return Foreach(reference.name, items, body)

    def _condition(self) -> Expression:
        self.scanner.require(_OPEN, "(")
        condition = self._expressions.expression()
        self.scanner.require(_CLOSE, ")")
        return condition

    def _block(self, opened_by: str) -> tuple[list[Node], str]:
        self.scanner.take(_REST_OF_LINE)
        body, ended_by = self.nodes()
        if not ended_by:
            self.scanner.fail(f"{opened_by} has no #end")
        return body, ended_by
