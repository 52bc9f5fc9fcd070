"""Forge's Python client; it needs no Airflow.

from airflow_provider_forge.client import ForgeClient, calls

with ForgeClient("http://127.0.0.1:8470", key) as forge:
    job = forge.send(calls.start_job("sleep", {"seconds": 1}))
    print(forge.wait(job.id).result)
"""

from . import calls
from .async_client import AsyncForgeClient
from .errors import (
    ForgeAPIError,
    ForgeAuthenticationError,
    ForgeConflictError,
    ForgeConnectionError,
    ForgeError,
    ForgeJobCancelled,
    ForgeJobError,
    ForgeJobFailed,
    ForgeNotFoundError,
    ForgeProtocolError,
    ForgeRequestError,
    ForgeServerError,
    ForgeTimeoutError,
)
from .follower import Follower
from .retry import RetryPolicy
from .settings import ClientSettings
from .sync_client import ForgeClient

__all__ = [
    "AsyncForgeClient",
    "ClientSettings",
    "Follower",
    "ForgeAPIError",
    "ForgeAuthenticationError",
    "ForgeClient",
    "ForgeConflictError",
    "ForgeConnectionError",
    "ForgeError",
    "ForgeJobCancelled",
    "ForgeJobError",
    "ForgeJobFailed",
    "ForgeNotFoundError",
    "ForgeProtocolError",
    "ForgeRequestError",
    "ForgeServerError",
    "ForgeTimeoutError",
    "RetryPolicy",
    "calls",
]
