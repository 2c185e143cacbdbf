import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local.cloud.functions import functions
from local.cloud.passed_over import passed_over
from tests.local.cloud.conftest import MakeStack

FUNCTION = {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": "handler = print"}}


def layer(content: Any) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": content}}


def function(*layers: Any, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Function", "Properties": {**FUNCTION, "Layers": list(layers), **properties}}


def write(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(folder.name)


def test_the_layers_of_a_function_lie_over_each_other_in_their_order(
    make_stack: MakeStack, tmp_path: Path
) -> None:
    write(tmp_path / "first", "python/a.py", "python/both.py")
    write(tmp_path / "second", "python/lib/python3.12/site-packages/b.py", "python/both.py")
    resources = {
        "First": layer("first"),
        "Second": layer("second"),
        "Fn": function({"Ref": "First"}, {"Ref": "Second"}),
    }
    [found] = functions(make_stack(resources), scratch=tmp_path / "scratch")
    assert found.opt is not None
    assert (found.opt / "python" / "a.py").exists()
    assert (found.opt / "python" / "both.py").read_text() == "second"
    assert found.modules == (
        found.opt / "python" / "lib" / "python3.12" / "site-packages",
        found.opt / "python",
    )


def test_a_layer_may_be_an_archive_for_node(make_stack: MakeStack, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "layer.zip", "w") as archive:
        archive.writestr("nodejs/node_modules/words/index.js", "")
        script = zipfile.ZipInfo("bin/tool")
        script.external_attr = 0o755 << 16
        archive.writestr(script, "#!/bin/sh")
    (tmp_path / "index.js").write_text("exports.handler = () => 1")
    resources = {
        "Words": layer("layer.zip"),
        "Fn": function({"Ref": "Words"}, Runtime="nodejs22.x", Code="."),
    }
    [found] = functions(make_stack(resources), scratch=tmp_path / "scratch")
    assert found.opt is not None
    assert found.modules == (found.opt / "nodejs" / "node_modules",)
    assert os.access(found.opt / "bin" / "tool", os.X_OK)


@pytest.mark.parametrize(
    "elsewhere", ["arn:aws:lambda:us-east-1:1:layer:x:3", {"Fn::Sub": "arn:${AWS::Region}"}]
)
def test_a_layer_that_the_template_does_not_hold_is_said(
    make_stack: MakeStack, tmp_path: Path, elsewhere: Any
) -> None:
    stack = make_stack({"Fn": function(elsewhere)})
    [found] = functions(stack, scratch=tmp_path)
    assert (found.opt, found.modules) == (None, ())
    [line] = passed_over(stack)
    assert line.startswith("Fn: Layers: arn:")
    assert line.endswith("is not in the template; install what it holds")
