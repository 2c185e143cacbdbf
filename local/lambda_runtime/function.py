"""What a function is to the runtime: code, handler, environment and limits, as a template declares them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arn: str
    handler: str
    code_root: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    runtime: str = "python3.13"
    version: str = "$LATEST"
    timeout_seconds: float = 3.0
    memory_mb: int = 128
    reserved_concurrency: int | None = None
    opt: Path | None = None
    """The content of its layers, which Lambda puts under /opt."""
    modules: tuple[Path, ...] = ()
    """Further folders of modules: those of layers, and what the runtime brings along."""


@dataclass(frozen=True, slots=True)
class LocalAws:
    """Where AWS's own host names lead."""

    https_port: int
    http_port: int
    certificate: Path
    """Of the authority that signs for those hosts here."""
    bundle: Path
    """The same and the usual authorities."""
    real: tuple[str, ...] = ()
    """Services of the real AWS that functions may reach, as their host names begin: `bedrock-runtime`."""
    real_environment: Mapping[str, str] = field(default_factory=dict)
    """What the SDKs need for those."""


@dataclass(frozen=True, slots=True)
class RuntimeSettings:
    max_sandboxes: int = 8
    """Processes one function may have. More invocations than that wait; AWS would start more environments."""
    concurrency: int = 1_000
    """Invocations of one function in progress before Lambda refuses (its default for a whole account)."""
    init_timeout_seconds: float = 30.0
    """Lambda gives 10 s; a laptop that starts everything at once may need more."""
    idle_seconds: float = 300.0
    """A sandbox that was not used for so long is retired, the last one of a function excepted."""
    scale_up_after_seconds: float = 0.1
    """How long an invocation waits for a busy sandbox before another, a second of CPU, is started."""
    scale_up_pause_seconds: float = 1.0
    """How long no further sandbox is started after one that failed, while others serve."""
    runtime_client: str = "builtin"
    """`builtin`, or `awslambdaric` for AWS's own."""
    endpoint_url: str | None = None
    """Where the AWS SDK finds the local AWS; a function's own AWS_ENDPOINT_URL wins."""
    region: str = "us-east-1"
    local_aws: LocalAws | None = None
    """None: functions connect to whatever host they name."""
