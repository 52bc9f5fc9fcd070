"""The connection of type `forge`: where the server is, and the key."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException, BaseHook

from ..client import AsyncForgeClient, ClientSettings, ForgeClient, ForgeError, RetryPolicy, calls

if TYPE_CHECKING:
    from airflow.sdk import Connection


@dataclass(frozen=True)
class ForgeConnection:
    """A connection, read. `console_url`: where people look at jobs. `namespace`: tells Airflow installations apart."""

    client: ClientSettings
    console_url: str
    namespace: str | None

    def job_url(self, job_id: str) -> str:
        """Where people look at a job."""
        return f"{self.console_url}/jobs/{job_id}"

    def model_url(self, model_id: str) -> str:
        """Where people look at a model."""
        return f"{self.console_url}/models/{model_id}"


class ForgeHook(BaseHook):
    """Gives clients of the Forge server of a connection.

    :param forge_conn_id: a connection of type `forge`: host is the server URL, password an API key with the scopes
        read, write and generate, and approve where people approve in Airflow. Extra: `verify_tls` (true), `namespace`
        (this Airflow's base URL), `console_url` (the server URL).
    """

    conn_name_attr = "forge_conn_id"
    default_conn_name = "forge_default"
    conn_type = "forge"
    hook_name = "Forge"

    def __init__(self, forge_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.forge_conn_id = forge_conn_id

    def get_settings(self) -> ForgeConnection:
        """The connection, read. Raises AirflowException where it lacks something."""
        return read_connection(self.get_connection(self.forge_conn_id))

    async def aget_settings(self) -> ForgeConnection:
        """The same from an event loop."""
        return read_connection(await self.aget_connection(self.forge_conn_id))

    def get_conn(self) -> ForgeClient:
        """A client; close it, or use it as a context manager."""
        settings = self.get_settings().client
        return ForgeClient(settings.base_url, settings.api_key, timeout_s=settings.timeout_s, verify=settings.verify)

    async def cancel_job_in_loop(self, job_id: str, *, timeout_s: float = 20.0) -> None:
        """Cancels a job from an event loop; one that has ended stays as it is. Raises ForgeError, TimeoutError."""
        settings = (await self.aget_settings()).client
        async with AsyncForgeClient(settings) as client:
            await asyncio.wait_for(_cancel(client, job_id), timeout_s)

    def test_connection(self) -> tuple[bool, str]:
        """Asks the server for a job, which needs a valid key with the scope `read`."""
        try:
            settings = self.get_settings().client
            # a person waits for the answer: one try
            once = RetryPolicy(attempts=1)
            with ForgeClient(
                settings.base_url, settings.api_key, timeout_s=10.0, verify=settings.verify, retry=once
            ) as client:
                client.send(calls.list_jobs(limit=1))
        except (ForgeError, AirflowException) as error:
            return False, str(error)
        return True, f"Forge answers at {settings.server} and accepts the key."

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """What the form shows; the same as in the provider's metadata."""
        from ..get_provider_info import connection_type

        behaviour = connection_type()["ui-field-behaviour"]
        return {
            "hidden_fields": behaviour["hidden-fields"],
            "relabeling": behaviour["relabeling"],
            "placeholders": behaviour["placeholders"],
        }


async def _cancel(client: AsyncForgeClient, job_id: str) -> None:
    from ..client.errors import ForgeConflictError

    try:
        await client.send(calls.cancel_job(job_id))
    except ForgeConflictError as error:
        if error.code != "illegal_move":
            raise


def read_connection(connection: Connection) -> ForgeConnection:
    """Reads a connection as people write them: a URL in `host`, or host, port and schema apart."""
    host = (connection.host or "").strip().rstrip("/")
    if not host:
        raise AirflowException(
            f'The connection "{connection.conn_id}" has no server URL. Set it to the address that `forge start` '
            "printed, e.g. http://127.0.0.1:8470."
        )
    if not connection.password:
        raise AirflowException(
            f'The connection "{connection.conn_id}" has no API key. Make one with `forge api-keys create airflow '
            "--scope read write generate`."
        )
    if "://" not in host:
        scheme = connection.schema or "http"
        host = f"{scheme}://{host}:{connection.port}" if connection.port else f"{scheme}://{host}"
    extra = connection.extra_dejson
    return ForgeConnection(
        client=ClientSettings(host, connection.password, verify=bool(extra.get("verify_tls", True))),
        console_url=str(extra.get("console_url") or host).rstrip("/"),
        namespace=extra.get("namespace") or None,
    )
