"""The course of a history: the steps, the ticks, the quiet after them, the day after."""

from functools import partial
from typing import TYPE_CHECKING, Any

from simulation.faults import TICK_LOST

if TYPE_CHECKING:
    from simulation.plan import Step
    from simulation.world import World

TICK_SECONDS = 60.0
# What the sweep walks, and how much of it a minute: shared/aws/leftovers.py, shared/app/sweep.py.
TOPICS = 10
PAGES_PER_TICK = 4
# The longest interval that a client asks for.
LONGEST_HEARTBEAT_SECONDS = 540
# What still goes on after this long goes round for ever.
DRAIN_SECONDS = 6 * 60 * 60.0
DAY_AFTER_SECONDS = 26 * 60 * 60.0


class Course:
    def __init__(self, world: "World") -> None:
        self._world = world
        self._plan = world.plan
        self._hub = world.hub
        self.quietening = False
        """Whether the last step was taken: clients come back with credentials that last."""
        self.over = False
        """Whether everybody leaves for good."""
        self.went_on_forever = False

    def run(self) -> None:
        plan, hub = self._plan, self._hub
        for step in plan.steps:
            hub.at(plan.begins_at + step.at, partial(self._carry_out, step))
        last = max((step.at for step in plan.steps), default=0.0)
        self._tick_until(plan.begins_at + last + 1.0)
        self._tick_until(self._world.planning.last_due_at() + TICK_SECONDS)
        self.quietening = True
        self._drain()
        # From here on nothing goes wrong: what is left to be done can be done.
        self._world.faults.healed = True
        for tick in range(self._settling_ticks()):
            if tick > 0 and not self._is_unsettled():
                break
            self._tick_until(hub.now + TICK_SECONDS)
        self._drain()

    def run_return(self) -> None:
        """Who follows the streams comes back once more, without any fault: then nothing may be missing."""
        hub = self._hub
        for client in self._world.clients.values():
            if client.following is not None:
                if client.connection is not None:
                    self._world.gateway.close(client.connection.connection_id, because="cut on the way")
                hub.after(2.0, partial(client.carry_out, "connect", {}))
        self._drain()
        # Heads come with the pings.
        self._tick_until(hub.now + 2 * TICK_SECONDS)
        self._drain()

    def run_day_after(self) -> None:
        """Everybody leaves, and a day later the last rows end."""
        self.over = True
        for client in self._world.clients.values():
            client.leave()
        self._drain()
        self._hub.run_until(self._hub.now + DAY_AFTER_SECONDS)
        self._tick_until(self._hub.now + 2 * TICK_SECONDS)
        self._drain()
        self._world.storage.memory.expire(self._hub.now)

    def _carry_out(self, step: "Step") -> None:
        world, given = self._world, step.given
        world.record("step", step.number, step.kind)
        if step.kind in ("publish", "again"):
            world.producers.carry_out(step)
        elif step.kind == "revoke":
            world.access.revoke(step.number, given["user"])
        elif step.kind == "lose head":
            world.lose_head(f"channel#{given['channel']}")
        elif step.kind == "delete expired":
            world.delete_expired(step.number)
        elif "client" not in given:
            world.planning.carry_out(step.kind, step.number, given)
        else:
            world.clients[given["client"]].carry_out(step.kind, given)

    def _tick_until(self, moment: float) -> None:
        hub = self._hub
        while hub.now < moment:
            following = min(moment, (hub.now // TICK_SECONDS + 1) * TICK_SECONDS)
            hub.run_until(following)
            if following % TICK_SECONDS == 0:
                self._tick()

    def _tick(self) -> None:
        world = self._world
        key = f"tick{int(world.hub.now - self._plan.begins_at) // 60}"
        if not world.faults.happens(TICK_LOST, key):
            world.lambdas.invoke_later("scheduler", {"id": key, "source": "aws.events"}, key=key)

    def _drain(self) -> None:
        """Run until nothing is due any more."""
        if not self._hub.run_out(self._hub.now + DRAIN_SECONDS):
            self.went_on_forever = True

    def _is_unsettled(self) -> bool:
        """Whether rows are there that a ping, the sweep or a tick has yet to find."""
        world = self._world
        tables = world.storage.memory.tables
        for item in tables["subscriptions"].items():
            if world.gateway.connections[item["connection_id"]["S"]].closed_at is not None:
                return True
        return any("held" in item for item in tables["events"].items())

    def _settling_ticks(self) -> int:
        """Enough for a ping to every connection, and for the sweep to go through all topics.

        What the sweep removes counts against its units: it may need three times as long.
        """
        settings: dict[str, Any] = self._world.settings
        pages: int = TOPICS * settings["topic_shards"]
        return int(LONGEST_HEARTBEAT_SECONDS // TICK_SECONDS) + 3 * pages // PAGES_PER_TICK + 2
