"""The CDK app of a folder in the local run: its template, and the events that its functions import."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.extras import SynthFailed
from local.project import Project

# Said to the app: the construct then is the stage `local`, whatever the app calls it.
LOCAL = {
    "tidings:local": True,
    # The functions run from their sources with this machine's packages.
    "aws:cdk:bundling-stacks": [],
    "aws:cdk:disable-asset-staging": True,
    "aws:cdk:enable-asset-metadata": True,
}
OUT = ".cache/tidings/cdk.out"


class OwnApp(Project):
    code_root: Path | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        command = Path(sys.executable).with_name("tidings")
        self.command = str(command.relative_to(folder) if command.is_relative_to(folder) else command)

    def modules(self, context: Mapping[str, str]) -> tuple[Path, ...]:
        del context
        return (self._folder,)

    async def template(self, context: Mapping[str, str]) -> Path:
        described = self._description()
        out = self._folder / OUT
        node = Path(sys.executable).with_name("node")
        # As the CDK's command line does it: through the shell.
        process = await asyncio.create_subprocess_shell(
            described["app"],
            cwd=self._folder,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
                **({"JSII_NODE": str(node)} if node.exists() else {}),
                "CDK_OUTDIR": str(out),
                "CDK_CONTEXT_JSON": json.dumps({**described.get("context", {}), **context, **LOCAL}),
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode != 0:
            raise SynthFailed(_reason(said.decode(errors="replace").strip()))
        return out

    def _description(self) -> dict[str, Any]:
        try:
            described: dict[str, Any] = json.loads((self._folder / "cdk.json").read_text())
        except FileNotFoundError:
            raise SynthFailed(f"There is no cdk.json in {self._folder}: it is no CDK app's folder") from None
        except ValueError as exc:
            raise SynthFailed(f"cdk.json is no JSON: {exc}") from None
        if not isinstance(described.get("app"), str):
            raise SynthFailed('cdk.json must say how the app is run, as in "app": "python app.py"')
        return described


def _reason(said: str) -> str:
    """Of what is wrong with a setting or a declaration, the one line that tells; else everything."""
    last = said.splitlines()[-1] if said else "The CDK app ended with an error and said nothing"
    kind, _, message = last.partition(": ")
    return message if kind.endswith(("ConfigError", "DeclarationError")) else said or last
