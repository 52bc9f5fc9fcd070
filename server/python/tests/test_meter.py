"""The meter as a loop and as a process: commands, the lock, the closing stdin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from forge_engine.meter import SEQUENCE_EPOCH, Meter, next_sequence
from forge_engine.meter_cpu_classes import CpuClass
from forge_engine.meter_sources import CpuModel, NoGpus
from forge_engine.meter_split import ProcessTimes

PYTHON_ROOT = Path(__file__).resolve().parents[1]
posix = pytest.mark.skipif(sys.platform == "win32", reason="process groups")


class FakeHost:
    """Processes and a clock that stand still until a test moves them."""

    def __init__(self) -> None:
        self.now, self.busy, self.own = float(SEQUENCE_EPOCH), 0.0, 0.0

    def all(self) -> Mapping[int, ProcessTimes]:
        return {50: ProcessTimes(pid=50, parent=1, group=50, started=1.0, own=self.own, children=0.0)}

    def host_busy_seconds(self) -> float:
        return self.busy

    def clock(self) -> float:
        return self.now

    def work(self, seconds: float) -> None:
        self.now += seconds
        self.busy += seconds
        self.own += seconds


def metered(host: FakeHost) -> tuple[Meter, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    model = CpuModel(CpuClass("test", 10.0, "test", idle_share=0.2), cores=2)
    return Meter(model, NoGpus(), host, events.append, host.clock, host.clock), events


def test_what_ran_before_a_watch_belongs_to_others() -> None:
    host = FakeHost()
    meter, events = metered(host)
    host.work(1.0)
    meter.handle('{"type": "watch", "group": "a", "pgid": 50}')
    host.work(0.5)
    meter.handle('{"type": "unwatch", "group": "a"}')
    host.work(1.0)
    meter.sample()
    before, during, after = events
    assert before["groups"] == [] and before["other"]["cpu_joules"] == 8.0
    assert during["groups"][0]["cpu_joules"] == 4.0 and during["other"]["cpu_joules"] == 0.0
    assert during["groups"][0]["cpu_seconds"] == during["interval_seconds"] == 0.5
    assert after["groups"] == [] and after["other"]["cpu_joules"] == 8.0
    assert before["sequence"] < during["sequence"] < after["sequence"]


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        "{}",
        '{"type": "watch", "group": "", "pgid": 50}',
        '{"type": "watch", "group": "a", "pgid": 1}',
        '{"type": "watch", "group": "a", "pgid": null}',
        '{"type": "unwatch", "group": "a"}',
        '{"type": "dance", "group": "a"}',
    ],
)
def test_an_unusable_command_is_reported_and_changes_nothing(line: str) -> None:
    meter, events = metered(FakeHost())
    meter.handle(line)
    assert [event["type"] for event in events if event["type"] != "sample"] == ["log"]
    meter.sample()
    assert events[-1]["groups"] == []


def test_a_restarted_meter_uses_no_sequence_again() -> None:
    first = next_sequence(0, SEQUENCE_EPOCH + 10)
    assert (first, next_sequence(first, SEQUENCE_EPOCH + 10)) == (20, 21)
    assert next_sequence(0, SEQUENCE_EPOCH + 15) > 21


def start(lock: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "forge_engine.meter", "--lock", str(lock), "--interval-seconds", "0.2"],
        cwd=PYTHON_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def next_event(meter: subprocess.Popen[str], kind: str) -> dict[str, Any]:
    assert meter.stdout is not None
    for line in meter.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["type"] == kind:
            return event
    raise AssertionError(f"the meter ended without a {kind!r} event")


@posix
def test_a_second_meter_of_the_host_is_refused_and_the_first_ends_with_its_stdin(tmp_path: Path) -> None:
    first = start(tmp_path / "meter.lock")
    assert next_event(first, "ready")["pid"] == first.pid
    second = start(tmp_path / "meter.lock")
    assert next_event(second, "refused")["holder_pid"] == first.pid
    assert second.communicate(timeout=10)[0] == "" and second.returncode == 0
    first.communicate(timeout=10)
    assert first.returncode == 0
    third = start(tmp_path / "meter.lock")
    assert next_event(third, "ready")["pid"] == third.pid
    third.communicate(timeout=10)


@posix
def test_a_busy_process_group_gets_its_cpu_seconds(tmp_path: Path) -> None:
    burn = "import time; input(); end = time.process_time() + 0.6\nwhile time.process_time() < end: pass\ninput()"
    worker = subprocess.Popen([sys.executable, "-c", burn], start_new_session=True, stdin=subprocess.PIPE, text=True)
    meter = start(tmp_path / "meter.lock")
    try:
        assert meter.stdin is not None
        meter.stdin.write(json.dumps({"type": "watch", "group": "a", "pgid": worker.pid}) + "\n")
        meter.stdin.flush()
        while not next_event(meter, "sample")["groups"]:
            pass  # from the first sample that names it, the group is counted
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
        seconds, deadline = 0.0, time.monotonic() + 15
        while seconds < 0.55 and time.monotonic() < deadline:
            sample = next_event(meter, "sample")
            seconds += sum(group["cpu_seconds"] for group in sample["groups"])
        assert 0.55 <= seconds <= 0.9
    finally:
        os.killpg(worker.pid, 9)
        worker.wait()
        meter.communicate(timeout=10)
