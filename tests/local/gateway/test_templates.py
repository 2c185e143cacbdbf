"""Mapping templates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.gateway.integrations.mapping import escape_javascript, render
from local.gateway.vtl import Template, TemplateFailed, TemplateSyntaxError
from tests.local.gateway.behaviours import behaviour

REFERENCE = "D websocket-api-mapping-template-reference"
VELOCITY = "D Velocity 1.7 user guide"
EVENT: dict[str, Any] = {
    "requestContext": {
        "connectionId": "abc=",
        "requestTimeEpoch": 1_700_000_000_000,
        "authorizer": {"principalId": "ann"},
    },
    "stageVariables": {"table": "notes", "long-name": "yes"},
}
BODY = json.dumps(
    {
        "text": "it's",
        "n": 3,
        "tags": ["a", "b"],
        "who": {"name": "Ann", "age": 30},
        "list": [{"id": 1}, {"id": 2}],
    }
)


def rendered(template: str, *, body: str = BODY, **event: Any) -> str:
    return render(template, {**EVENT, **event}, body)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$context.connectionId", "abc="),
        ("${context.authorizer.principalId}!", "ann!"),
        ("$stageVariables.table $stageVariables['table'] ${stageVariables['long-name']}", "notes notes yes"),
        ("$input.body", BODY),
        ("$input.json('$.who')", '{"name":"Ann","age":30}'),
        ("$input.json('$.text')", '"it\'s"'),
        ("$input.path('$.who.name')", "Ann"),
        ("$input.path('$.list[1].id')", "2"),
        ("$input.path('$..id')", "[1,2]"),
        ("$input.path('$.list[*].id').size()", "2"),
        ("$input.path('$.tags').count()", "2"),
        ("#set($root = $input.path('$'))$root.who.name", "Ann"),
        ("$input.path('$.who')", "{name=Ann, age=30}"),
        ("$input.params('token')|$input.params().querystring.token", "|"),
    ],
)
@behaviour("`$context`, `$stageVariables`, `$input.body`, `.json`, `.path` and `.params`", source=REFERENCE)
def test_variables(template: str, text: str) -> None:
    assert rendered(template) == text


@behaviour("A handshake's headers and query are in `$input.params`", source=REFERENCE)
def test_parameters_of_a_handshake() -> None:
    template = "$input.params('token') $input.params().header.get('X-A') $input.params('X-A')"
    asked = rendered(template, body="", headers={"X-A": "1"}, queryStringParameters={"token": "t"})
    assert asked == "t 1 1"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("""$util.escapeJavaScript("a'b/c")""", r"a\'b\/c"),
        ("""$util.escapeJavaScript($input.path('$.text')).replaceAll("\\\\'","'")""", "it's"),
        ("$util.urlEncode('a b&c=d~*')", "a+b%26c%3Dd%7E*"),
        ("$util.urlDecode('a+b%26c')", "a b&c"),
        ("$util.base64Encode('hello')", "aGVsbG8="),
        ("$util.base64Decode('aGVsbG8=')", "hello"),
        ("""#set($o = $util.parseJson('{"k": {"arr": [1, 2]}}'))$o.k.arr[0]""", "1"),
    ],
)
@behaviour("`$util`: escapeJavaScript, parseJson, urlEncode, urlDecode, base64Encode, base64Decode",
           source=REFERENCE)  # fmt: skip
def test_utilities(template: str, text: str) -> None:
    assert rendered(template) == text


@pytest.mark.parametrize("text", ['"quoted"', "back\\slash", "new\nline", "é", "\U0001f600", "\x01", "a/b"])
def test_what_is_escaped_is_a_json_string_again(text: str) -> None:
    assert json.loads(f'"{escape_javascript(text)}"') == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        pytest.param("#set($x = 1 + 2 * 3)$x", "7", id="precedence"),
        pytest.param("#set($x = (1 + 2) * 3)$x", "9", id="parentheses"),
        pytest.param("#set($x = 7 / 2)$x #set($y = 7 % 4)$y", "3 3", id="whole-numbers"),
        pytest.param("#set($x = -7 / 2)$x #set($y = 7 / 2.0)$y #set($z = 1 / 0)$z", "-3 3.5 ", id="division"),
        pytest.param('#set($x = "n=" + 1)$x', "n=1", id="text-and-number"),
        pytest.param("#if($context.x)a#elseif(1 < 2 && !$context.y)b#{else}c#end", "b", id="elseif"),
        pytest.param("#if($n == $null)none#end", "none", id="null"),
        pytest.param("#if('')empty text is true#end", "empty text is true", id="truth"),
        pytest.param("#if(1 == '1')same#end#if(2 gt 1 and not false)!#end", "same!", id="words"),
        pytest.param(
            "#foreach($t in ['a', 'b'])$foreach.count:$t#if($foreach.hasNext),#end#end",
            "1:a,2:b",
            id="foreach",
        ),
        pytest.param("#foreach($v in {'a': 1, 'b': 2})$v#end", "12", id="foreach-of-a-map"),
        pytest.param("#foreach($i in [1..5])#if($i == 3)#break#end$i#end", "12", id="range-and-break"),
        pytest.param("a#stop b", "a", id="stop"),
        pytest.param("#set($m = {})#set($m.k = 'v')$m.k $m", "v {k=v}", id="set-in-a-map"),
        pytest.param("#set($l = [1])#set($ok = $l.add(2))$l $l.size()", "[1, 2] 2", id="list"),
        pytest.param("$nothing|$!nothing|${nothing.at.all()}|", "|||", id="what-is-not-there"),
        pytest.param("#set($s = '$context.x')$s", "$context.x", id="single-quotes"),
        pytest.param('#set($s = "id $context.connectionId ""x""")$s', 'id abc= "x"', id="double-quotes"),
        pytest.param("{\n#set($a = 1)\n#if(true)\n$a\n#end\n}", "{\n1\n}", id="directives-take-their-line"),
        pytest.param("a ## comment\nb #* more *#c", "a b c", id="comments"),
        pytest.param(r"\$context $5.00 #1 ${not a} #[[$r]]#", "$context $5.00 #1 ${not a} $r", id="plain"),
        pytest.param("#set($b = true)$b $b.toString().length()", "true 4", id="boolean"),
    ],
)  # fmt: skip
@behaviour(
    "#set, #if, #foreach, #break, #stop, operators, quotes, comments and quiet references", source=VELOCITY
)
def test_language(template: str, text: str) -> None:
    assert rendered(template) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("$s.length() $s.isEmpty() $s.toUpperCase() $s.toLowerCase()", "5 false A,B,C a,b,c"),
        ("$s.substring(1, 3) $s.substring(4) $s.charAt(0) $s.concat('!')", ",b c a a,b,c!"),
        ("$s.split(',').size() $s.split(',')[2]", "3 c"),
        ("$s.replace(',', ';') $s.replaceAll('[a-b]', '<$0>')", "a;b;c <a>,<b>,c"),
        ("$s.replaceFirst(',', '/') $s.trim()", "a/b,c a,b,c"),
        ("$s.contains('b') $s.startsWith('a') $s.endsWith('a')", "true true false"),
        ("$s.indexOf('c') $s.lastIndexOf('x') $s.matches('a.*')", "4 -1 true"),
        ("$s.equals('a,b,c') $s.equalsIgnoreCase('A,B,C')", "true true"),
        ("$m.keySet() $m.values() $m.containsKey('k') $m.containsValue('x')", "[k] [v] true false"),
        ("$m.get('k') $m.getOrDefault('x', 'd') $m.size() $m.isEmpty()", "v d 1 false"),
        ("$m.put('k', 'w') $m.remove('k')$m", "v w{}"),
        ("#foreach($e in $m.entrySet())$e.key/$e.getValue()#end", "k/v"),
        ("$l.get(0) $l.contains(2) $l.indexOf(2) $l.isEmpty()", "1 true 1 false"),
        ("$l.set(0, 9) $l.addAll([3, 4]) $l.remove(1) $l", "1 true 2 [9, 3, 4]"),
    ],
)
def test_methods(expression: str, text: str) -> None:
    names = "#set($s = 'a,b,c')#set($m = {'k': 'v'})#set($l = [1, 2])"
    assert rendered(names + expression) == text


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("#if($a)", "line 1: #if has no #end"),
        ("a\n#foreach($x in )#end", "line 2: a value is missing"),
        ("#end", "#end without its #if or #foreach"),
        ("#foreach($x in [1])#else#end", "#else within #foreach"),
        ("#set($a 1)", "= is missing"),
        ("#set(a = 1)", "a reference is missing"),
        ("#macro(a)x#end", "does not emulate"),
    ],
)
def test_templates_that_cannot_be_read_are_refused_with_their_line(template: str, named: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=named):
        Template(template)


@pytest.mark.parametrize(
    ("template", "body"),
    [
        ("$context.connectionId.nope()", ""),
        ("$context.connectionId.substring(3, 99)", ""),
        ("$input.path('$.a')", "not json"),
        ("$input.path('$.a')", "[" * 8000),
        ("$input.path('$[[')", "{}"),
        ("#set($context.connectionId.x = 1)", ""),
        ("#foreach($i in ['a'..2])#end", ""),
    ],
)
def test_templates_fail_over_what_values_cannot_do(template: str, body: str) -> None:
    with pytest.raises(TemplateFailed):
        rendered(template, body=body)


def test_what_a_template_sets_stays_in_it() -> None:
    template = "#set($context.connectionId = 'other')#set($stageVariables.table = 'x')$context.connectionId"
    assert rendered(template) == "other"
    assert EVENT["requestContext"]["connectionId"] == "abc="
    assert EVENT["stageVariables"]["table"] == "notes"
