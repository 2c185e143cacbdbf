"""Entry point of the CDK: `-c stage=dev`, `prod` or `local`. Importing it does nothing."""

import sys

from infra.config import ConfigError
from infra.node import prefer_node_of_environment
from tidings.errors import DeclarationError


def main() -> None:
    prefer_node_of_environment()
    from infra.synthesis import build_app  # noqa: PLC0415 - importing aws_cdk starts Node: first say which

    try:
        build_app().synth()
    except (ConfigError, DeclarationError) as exc:
        sys.exit(str(exc))


if __name__ == "__main__":
    main()
