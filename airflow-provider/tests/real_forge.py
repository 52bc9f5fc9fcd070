"""A real Forge for the tests: `forge start` with its own database, on a free port."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred
from conftest import OutletEvents, Store

from airflow_provider_forge.client import ClientSettings, ForgeClient, calls
from airflow_provider_forge.client.results import Job
from airflow_provider_forge.hooks.forge import ForgeConnection, ForgeHook
from airflow_provider_forge.triggers.job import ForgeJobTrigger

root = Path(__file__).resolve().parents[2]
entry = Path(os.environ.get("FORGE_TEST_ENTRY", root / "server" / "dist" / "main.js"))
key = "provider-test-key-0123456789"
start_patience_s = 120


def node() -> str:
    """Node 24 of the set-up, else the one on the path."""
    own = root / "node_modules" / ".bin" / "node"
    return str(own) if own.exists() else shutil.which("node") or "node"


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """The folder of a Forge that runs for all tests that want one."""
    if not entry.exists():
        pytest.skip("the server is not built: npm run build")
    with tempfile.TemporaryDirectory(prefix="forge-provider-server-") as folder:
        # the embedded PostgreSQL may run as another user
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[str]:
    """Its address."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", str(home)),
        "FORGE_DATA_DIR": str(home / "data"),
        "FORGE_MODELS_DIR": str(home / "models"),
        "FORGE_ADMIN_KEY": key,
        "FORGE_PORT": "0",
    }
    log = home / "forge.log"
    with log.open("wb") as output:
        process = subprocess.Popen([node(), str(entry), "start"], env=environment, stdout=output, stderr=output)
    try:
        yield address_in(log, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest.fixture(scope="session")
def tiny(home: Path) -> str:
    """A base model that trains in a second, see test/chaos/tiny_model.py."""
    python = Path(os.environ.get("FORGE_PYTHON", root / ".venv" / "bin" / "python"))
    tokenizer = root / ".models" / "smollm2-135m-instruct"
    if not (python.exists() and tokenizer.exists()):
        pytest.skip("there is no model to take the tokenizer from: npm run setup")
    (home / "models").mkdir(exist_ok=True)
    script = root / "test" / "chaos" / "tiny_model.py"
    subprocess.run([python, script, tokenizer, home / "models" / "tiny"], check=True)
    return "folder:tiny"


def address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the server says it is. Raises AssertionError with its log when it says nothing."""
    end = time.monotonic() + start_patience_s
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"^Forge is ready at (\S+)", log.read_text(), re.MULTILINE)
        if found:
            return found[1]
        time.sleep(0.2)
    raise AssertionError(f"Forge did not start:\n{log.read_text()}")


@pytest.fixture
def forge(server: str) -> Iterator[ForgeClient]:
    with ForgeClient(server, key) as client:
        yield client


@pytest.fixture
def connected(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The connection `forge_default` leads to the server, also in a triggerer."""
    connection = {"conn_type": "forge", "host": server, "password": key}
    monkeypatch.setenv("AIRFLOW_CONN_FORGE_DEFAULT", json.dumps(connection))

    async def aget_settings(_self: ForgeHook) -> ForgeConnection:
        return ForgeConnection(ClientSettings(server, key), server, None)

    monkeypatch.setattr(ForgeHook, "aget_settings", aget_settings)
    return server


@pytest.fixture
def task(context: dict[str, Any]) -> dict[str, Any]:
    """A context of a run of its own."""
    context["ti"].run_id = f"manual__{uuid.uuid4()}"
    context["task_state_store"] = Store()
    context["outlet_events"] = OutletEvents()
    return context


def sleep(forge: ForgeClient, seconds: float, **options: Any) -> Job:
    return forge.send(calls.start_job("sleep", {"seconds": seconds}, options=options))


def now(operator_type: Any, **options: Any) -> Any:
    """An operator that waits where it is."""
    return operator_type(deferrable=False, poll_interval_s=0.2, **options)


def deferred(operator: Any, context: dict[str, Any]) -> ForgeJobTrigger:
    """The trigger that a task hands its wait to, without the least time that Airflow needs."""
    with pytest.raises(TaskDeferred) as caught:
        operator.execute(context)
    return ForgeJobTrigger(**{**caught.value.trigger.serialize()[1], "minimum_s": 0})


async def fired(trigger: ForgeJobTrigger) -> dict[str, Any]:
    async for event in trigger.run():
        return dict(event.payload)
    raise AssertionError("the trigger fired nothing")
