"""One follower per server, key and event loop: all deferred tasks of a triggerer share its stream."""

from __future__ import annotations

import asyncio

from ..client import AsyncForgeClient, ClientSettings, Follower

# a triggerer process has one event loop; tests have several
_followers: dict[tuple[int, ClientSettings], Follower] = {}


def shared_follower(settings: ClientSettings) -> Follower:
    """The follower of this process for a server; made when there is none. Call it from the event loop."""
    place = (id(asyncio.get_running_loop()), settings)
    follower = _followers.get(place)
    if follower is None or not follower.running:
        follower = Follower(AsyncForgeClient(settings))
        _followers[place] = follower
    return follower
