"""Which Node runs the CDK: the one beside this Python if there is one, else the machine's."""

import os
import sys
from pathlib import Path


def prefer_node_of_environment() -> None:
    """Must run before the first import of aws_cdk, which starts its Node process."""
    node = Path(sys.executable).with_name("node")
    if node.exists():
        os.environ.setdefault("JSII_NODE", str(node))
