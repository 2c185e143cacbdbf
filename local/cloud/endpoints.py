"""Where the parts answer on this machine, and how a template's own addresses lead there."""

import re
from dataclasses import dataclass

# {api-id}.execute-api.{region}.{suffix}, with https:// or wss:// before it
_EXECUTE_API_HOST = r"[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?"
_EXECUTE_API = re.compile(rf"\b(https|wss)://{_EXECUTE_API_HOST}")
_HOST_ALONE = re.compile(rf"(?<![/\w.-]){_EXECUTE_API_HOST}")
_LOCAL_SCHEME = {"https": "http", "wss": "ws"}


@dataclass(frozen=True, slots=True)
class Endpoints:
    gateway_port: int
    aws_port: int
    host: str = "localhost"

    @property
    def gateway(self) -> str:
        return f"http://{self.host}:{self.gateway_port}"

    @property
    def aws(self) -> str:
        return f"http://{self.host}:{self.aws_port}"

    def localised(self, text: str) -> str:
        def local(match: re.Match[str]) -> str:
            return f"{_LOCAL_SCHEME[match[1]]}://{self.host}:{self.gateway_port}"

        return _EXECUTE_API.sub(local, text)

    def localised_host(self, text: str) -> str:
        """As `localised`, also where the template names the host alone."""
        return _HOST_ALONE.sub(self.gateway, self.localised(text))
