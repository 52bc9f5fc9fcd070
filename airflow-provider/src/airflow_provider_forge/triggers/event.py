"""Starts DAGs on events of Forge: the trigger of an AssetWatcher. It needs Airflow 3.1 or newer.

    Asset("new-products", watchers=[AssetWatcher(name="forge", trigger=ForgeEventTrigger(["dataset.version_created"]))])

The place in the stream is kept in the asset's state store (Airflow 3.3), so events during a restart are not missed. An
event is remembered after it was handed to Airflow: a crash in between may deliver it twice, `id` tells.
Without a state store (Airflow 3.1, 3.2) events count from the start of the trigger.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from ..client import AsyncForgeClient, ForgeError, ForgeRequestError, calls
from ..client.results import Event
from ..hooks.forge import ForgeHook

_cursor_key = "forge_last_event_id"
_longest_pause_s = 60.0


class ForgeEventTrigger(BaseEventTrigger):
    """Fires for each event of the catalogue (docs/events.md), with `id`, `type`, `created_at` and `data`.

    :param types: the events to fire for; none = all
    :param where: fields of `data` that must have these values, e.g. `{"name": "shop-writer"}`
    :param forge_conn_id: connection of type `forge`
    """

    def __init__(
        self,
        types: Sequence[str] = (),
        where: dict[str, Any] | None = None,
        forge_conn_id: str = ForgeHook.default_conn_name,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        self.types = list(types)
        self.where = where or {}
        self.forge_conn_id = forge_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """All that another triggerer needs to go on."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {"types": self.types, "where": self.where, "forge_conn_id": self.forge_conn_id},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Fires for ever. Raises ForgeError when to go on cannot help; Airflow then starts it anew."""
        settings = (await ForgeHook(self.forge_conn_id).aget_settings()).client
        async with AsyncForgeClient(settings) as client:
            cursor = await self._load() or await self._newest(client)
            failures = 0
            while True:
                try:
                    stream = client.stream(calls.stream_events(types=self.types), last_event_id=cursor)
                    async for item in stream:
                        failures = 0
                        event = Event.read(item.data)
                        if self._wanted(event):
                            yield TriggerEvent(
                                {
                                    "id": event.id,
                                    "type": event.type,
                                    "created_at": event.created_at,
                                    "data": dict(event.data),
                                }
                            )
                        cursor = event.id
                        await self._save(cursor)
                except ForgeRequestError as error:
                    if cursor is None:
                        raise
                    # another server or project: its events have other ids
                    self.log.warning("Forge does not know event %s any more (%s): going on from now.", cursor, error)
                    cursor = await self._newest(client)
                except ForgeError as error:
                    if not error.retryable:
                        raise
                    self.log.warning("The event stream of Forge broke off: %s", error)
                failures += 1
                await asyncio.sleep(min(0.5 * 2 ** min(failures, 10), _longest_pause_s))

    def _wanted(self, event: Event) -> bool:
        return all(event.data.get(name) == value for name, value in self.where.items())

    async def _newest(self, client: AsyncForgeClient) -> str | None:
        """The last event so far, kept at once: what comes while nobody listens is then not missed."""
        page = await client.send(calls.list_events(types=self.types, limit=1))
        newest = page.data[0].id if page.data else None
        if newest is not None:
            await self._save(newest)
        return newest

    async def _load(self) -> str | None:
        store: Any = getattr(self, "asset_state_store", None)
        if store is None:
            return None
        if hasattr(store, "aget"):
            return await store.aget(_cursor_key, None) or None
        return await asyncio.to_thread(store.get, _cursor_key, None) or None

    async def _save(self, cursor: str) -> None:
        store: Any = getattr(self, "asset_state_store", None)
        if store is None:
            return
        if hasattr(store, "aset"):
            await store.aset(_cursor_key, cursor)
        else:
            await asyncio.to_thread(store.set, _cursor_key, cursor)
