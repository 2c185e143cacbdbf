"""What is wrong with a stage, and what to do. The worst finding decides how it ends."""

from collections.abc import Callable, Iterator

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from ops import checks_aws, checks_everywhere, checks_local
from ops.findings import Finding, Level, wrong
from ops.stage import Stage

Check = Callable[[Stage], Iterator[Finding]]
EVERYWHERE: tuple[Check, ...] = (
    checks_everywhere.clock,
    checks_everywhere.tables,
    checks_everywhere.queues,
    checks_everywhere.rules,
    checks_everywhere.forgotten_tails,
)
ON_AWS: tuple[Check, ...] = (
    checks_aws.functions,
    checks_aws.mappings,
    checks_aws.concurrency,
    checks_aws.requests,
    checks_aws.logging_role,
    checks_aws.alarms,
)
LOCALLY: tuple[Check, ...] = (checks_local.health,)
SIGNS = {Level.WELL: "[green]well   [/]", Level.CAUTION: "[yellow]caution[/]", Level.WRONG: "[red]wrong  [/]"}


def doctor(stage: Stage, *, console: Console) -> int:
    """Print what was found. Returns 1 when something is wrong."""
    worst = Level.WELL
    for check in (*EVERYWHERE, *(LOCALLY if stage.is_local else ON_AWS)):
        for finding in _findings(check, stage):
            worst = max(worst, finding.level)
            console.print(f"{SIGNS[finding.level]} {finding.text}", highlight=False)
            if finding.do:
                console.print(f"        → {finding.do}", highlight=False)
    return int(worst is Level.WRONG)


def _findings(check: Check, stage: Stage) -> Iterator[Finding]:
    try:
        yield from check(stage)
    except ClientError as refused:
        what = f"{check.__name__.replace('_', ' ')}: {refused}"
        if "AccessDenied" in refused.response.get("Error", {}).get("Code", ""):
            yield Finding(Level.CAUTION, what, "the rights it needs: python -m ops policy")
        else:
            yield wrong(what, "see what AWS says")
    except BotoCoreError as unreachable:
        yield wrong(
            f"{check.__name__.replace('_', ' ')}: {unreachable}", "look at the network and AWS_REGION"
        )
