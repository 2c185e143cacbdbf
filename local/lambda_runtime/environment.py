"""The environment of a function's process: the template's and Lambda's own variables, nothing else.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

import json
import os
import sys
from pathlib import Path

from local.lambda_runtime.function import Function, LocalAws, RuntimeSettings

# Never real ones: a function that finds a developer's keys could reach a real account.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "local",
}
FUNCTION_ACCESS_KEY = "LOCALFUNCTION"
"""By its signature the local AWS knows a function's call from the local run's own, and from a developer's."""


def environment_of(
    function: Function, settings: RuntimeSettings, *, runtime_api: str, log_stream: str
) -> dict[str, str]:
    own = {
        **CREDENTIALS,
        "AWS_ACCESS_KEY_ID": FUNCTION_ACCESS_KEY,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent),
        "LAMBDA_TASK_ROOT": str(function.code_root),
        "LANG": "en_US.UTF-8",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "PYTHONIOENCODING": "utf-8",
        "TZ": ":UTC",
        "_HANDLER": function.handler,
        "_X_AMZN_TRACE_ID": "",
    }
    if function.modules:
        variable = "NODE_PATH" if function.runtime.startswith("nodejs") else "PYTHONPATH"
        own[variable] = os.pathsep.join(map(str, function.modules))
    if function.opt:
        own["_LOCAL_OPT"] = str(function.opt)
        own["PATH"] += f"{os.pathsep}{function.opt / 'bin'}"
    if settings.endpoint_url:
        own["AWS_ENDPOINT_URL"] = settings.endpoint_url
    if settings.local_aws:
        own |= _local_aws(settings.local_aws)
    return {**own, **function.environment}


def _local_aws(local: LocalAws) -> dict[str, str]:
    """Leads connections to AWS to this machine, and has every usual client trust its certificate."""
    bundle = str(local.bundle)
    redirect = {"https": local.https_port, "http": local.http_port, "real": list(local.real)}
    return {
        "_LOCAL_AWS": json.dumps(redirect),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CA_BUNDLE": bundle,
        "REQUESTS_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        "NODE_EXTRA_CA_CERTS": str(local.certificate),
        **local.real_environment,
    }
