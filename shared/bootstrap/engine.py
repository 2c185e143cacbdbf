"""What sends events to their audience, shared by the use cases: fan-out, posts, pace, conflation."""

from functools import cached_property
from typing import TYPE_CHECKING

from shared.bootstrap.adapters import Adapters

if TYPE_CHECKING:
    from shared.app.conflate import Conflate
    from shared.app.fan_out.direct import PostDirectly
    from shared.app.fan_out.event import FanOut
    from shared.app.fan_out.pace import Pace
    from shared.app.fan_out.posting import Posts


class Engine:
    def __init__(self, adapters: Adapters) -> None:
        self._ports = adapters
        self._settings = adapters.settings

    @cached_property
    def fan_out(self) -> "FanOut":
        from shared.app.fan_out.event import FanOut
        from shared.app.fan_out.pace import PARTS_SHARE, Pace
        from shared.app.fan_out.run import Surroundings

        ports, settings = self._ports, self._settings
        return FanOut(
            around=Surroundings(
                posts=self._posts,
                subscribers=ports.subscribers,
                history=ports.history,
                parts=ports.parts,
                rejections=ports.rejections,
                targets_per_run=settings.targets_per_run,
            ),
            pace=self._pace,
            shared_pace=Pace(settings.posts_per_second * PARTS_SHARE / settings.parts_at_once),
        )

    @cached_property
    def post_directly(self) -> "PostDirectly":
        from shared.app.fan_out.direct import PostDirectly

        ports = self._ports
        return PostDirectly(
            posts=self._posts, pace=self._pace, queue=ports.queue, rejections=ports.rejections
        )

    @cached_property
    def _posts(self) -> "Posts":
        from shared.app.fan_out.posting import Posts

        ports = self._ports
        return Posts(
            sender=ports.sender,
            registry=ports.registry,
            clock=ports.clock,
            jitter=ports.jitter,
            greetings=ports.greetings,
        )

    @cached_property
    def _pace(self) -> "Pace":
        from shared.app.fan_out.pace import Pace

        return Pace(self._settings.posts_per_second)

    @cached_property
    def conflate(self) -> "Conflate":
        from shared.app.conflate import Conflate

        ports = self._ports
        return Conflate(
            windows=ports.windows,
            history=ports.history,
            queue=ports.queue,
            clock=ports.clock,
            jitter=ports.jitter,
        )
