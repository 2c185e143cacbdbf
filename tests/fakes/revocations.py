"""Revocations in memory."""

from dataclasses import dataclass, field


@dataclass
class FakeRevocations:
    moments: dict[str, float] = field(default_factory=dict)

    def revoke(self, user_id: str, *, at: float) -> None:
        self.moments[user_id] = max(at, self.moments.get(user_id, at))

    def revoked_at(self, user_id: str) -> float | None:
        return self.moments.get(user_id)
