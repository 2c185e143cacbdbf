"""The rejected-events queue in memory."""

from dataclasses import dataclass, field

from shared.app.ports.rejections import Rejection


@dataclass
class FakeRejections:
    kept: list[Rejection] = field(default_factory=list)

    def put(self, rejection: Rejection) -> None:
        self.kept.append(rejection)
