"""Hands the CDK the functions' code: one asset, its hash from what ships, filled without Docker."""

from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from infra.bundle import DECLARING, REPOSITORY, SOURCES, source_hash, write_bundle
from tidings.loading import Found


@jsii.implements(ILocalBundling)
class LocalBundling:
    def __init__(self, events: Found) -> None:
        self._events = events

    def try_bundle(self, output_dir: str, *_options: object, **_option: object) -> bool:
        write_bundle(Path(output_dir), self._events)
        return True


def function_code(events: Found) -> lambda_.Code:
    return lambda_.Code.from_asset(
        str(REPOSITORY),
        # Where bundling is skipped the CDK takes the folder itself: only the sources then, never .venv.
        exclude=[
            "*",
            *(f"!{folder}/**" for folder in SOURCES),
            *(f"!{path}" for path in DECLARING),
            "**/__pycache__",
        ],
        asset_hash=source_hash(events),
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("unused"),  # required, and never pulled: try_bundle says True
            local=LocalBundling(events),
        ),
    )
