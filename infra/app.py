"""Entry point of the CDK: `-c stage=dev`, `prod` or `local`. Importing it does nothing."""

from infra.node import prefer_node_of_environment


def main() -> None:
    prefer_node_of_environment()
    from infra.synthesis import build_app  # noqa: PLC0415 - importing aws_cdk starts Node: first say which

    build_app().synth()


if __name__ == "__main__":
    main()
