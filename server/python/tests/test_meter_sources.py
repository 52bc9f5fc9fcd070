"""Counters through stand-ins: a powercap folder, a pynvml look-alike, `/proc` texts."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from forge_engine.meter_cpu_classes import (
    CPU_CLASSES,
    DEFAULT_CLASS,
    CpuClass,
    configured,
    cpu_class,
    physical_cores,
)
from forge_engine.meter_processes import ProcFs
from forge_engine.meter_sources import CpuModel, Nvml, Rapl

EPYC = "\n\n".join(
    f"processor\t: {cpu}\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\n"
    f"physical id\t: 0\ncore id\t: {cpu // 2}"
    for cpu in range(8)
)


class NvmlError(Exception):
    pass


class FakeNvml:
    """One GPU. `told` False: a GPU without per-process utilisation; `energy` None: one without energy counter."""

    NVMLError = NvmlError

    def __init__(self, energy: int | None = 1000, told: bool = True) -> None:
        self.energy, self.told, self.pids = energy, told, [7]
        self.busy = {7: 50}

    def nvmlInit(self) -> None: ...

    def nvmlDeviceGetCount(self) -> int:
        return 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:
        if self.energy is None:
            raise NvmlError("Not Supported")
        return self.energy

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:
        return 40_000

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[Any]:
        return [SimpleNamespace(pid=pid) for pid in self.pids]

    def nvmlDeviceGetProcessUtilization(self, handle: int, since: int) -> list[Any]:
        if not self.told:
            raise NvmlError("Not Supported")
        return [SimpleNamespace(pid=pid, smUtil=busy, timeStamp=since + 1) for pid, busy in self.busy.items()]


def powercap(root: Path, energy: int, counter_range: int = 1_000_000_000) -> Path:
    for name, label in {"intel-rapl:0": "package-0", "intel-rapl:0:0": "core", "intel-rapl:1": "psys"}.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name / "name").write_text(label + "\n")
        (root / name / "energy_uj").write_text(f"{energy}\n")
        (root / name / "max_energy_range_uj").write_text(f"{counter_range}\n")
    return root


def test_rapl_counts_packages_only_and_survives_a_wrap(tmp_path: Path) -> None:
    rapl = Rapl(10.0, 4, powercap(tmp_path, 990_000_000))
    powercap(tmp_path, 20_000_000)
    reading = rapl.read(1.0, busy_seconds=4.0)
    assert (reading.microjoules, reading.idle_microjoules, reading.method) == (30_000_000, 10_000_000, "measured")


def test_the_idle_baseline_follows_a_quiet_host_and_ignores_a_busy_one(tmp_path: Path) -> None:
    rapl = Rapl(10.0, 4, powercap(tmp_path, 0))
    energy = 0
    for busy in [4.0] * 5 + [0.0] * 40:
        energy += 15_000_000
        powercap(tmp_path, energy)
        reading = rapl.read(1.0, busy)
        if busy:
            assert reading.idle_microjoules == 10_000_000
    assert reading.idle_microjoules == pytest.approx(15_000_000, rel=0.01)


def test_a_host_without_readable_rapl_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no RAPL package counter"):
        Rapl(10.0, 4, tmp_path)


def test_the_cpu_model_never_exceeds_the_design_power() -> None:
    model = CpuModel(CpuClass("test", 10.0, "test", idle_share=0.2), cores=4)
    assert model.read(1.0, 8.0).microjoules == 40_000_000
    idle = model.read(1.0, 0.0)
    assert (idle.microjoules, idle.method, idle.error_percent) == (8_000_000, "modelled", 50.0)
    assert idle.idle_microjoules == idle.microjoules
    assert CpuModel(DEFAULT_CLASS, cores=4).read(1.0, 0.0).error_percent == 100.0


def test_watts_that_are_configured_replace_the_tables_and_say_so() -> None:
    kind = configured(CpuClass("test", 10.0, "test", idle_share=0.2, error_percent=100.0), 5.0)
    busy = CpuModel(kind, cores=4).read(1.0, 4.0)
    assert (busy.microjoules, busy.method, busy.error_percent) == (20_000_000, "configured", 50.0)
    assert busy.idle_microjoules == 4_000_000


def test_a_cpus_class_and_cores_come_from_cpuinfo() -> None:
    found = cpu_class(EPYC)
    assert (found.name, found.watts_per_core, found.idle_share) == ("AMD EPYC 7003", 4.38, 0.22)
    assert physical_cores(EPYC) == 4
    assert cpu_class("processor\t: 0\nvendor_id\t: Nobody\n") is DEFAULT_CLASS
    assert physical_cores("") == 1


def test_every_class_names_its_part_and_its_results() -> None:
    for kind in CPU_CLASSES.values():
        watts, cores = re.findall(r": (\d+) W, (\d+) cores; idle: (?:\d+|no) SPECpower results$", kind.source)[0]
        assert kind.watts_per_core == pytest.approx(int(watts) / int(cores), abs=0.005)
        assert kind.idle_watts_per_core + kind.busy_watts_per_core == pytest.approx(kind.watts_per_core)
        assert 0 < kind.idle_share < 0.5


def test_a_gpus_energy_is_its_counters_growth_and_idle_only_while_unused() -> None:
    nvml = FakeNvml()
    gpus = Nvml(nvml)
    nvml.energy = 1250
    (used,) = gpus.read(1.0, {7: "a"}, {})
    assert (used.reading.microjoules, used.reading.idle_microjoules, used.busy) == (250_000, 0, {"a": 50.0})
    nvml.energy, nvml.pids = 1300, []
    (unused,) = gpus.read(1.0, {7: "a"}, {"a": []})
    assert (unused.reading.idle_microjoules, unused.busy) == (50_000, {})


def test_a_gpu_that_does_not_tell_busy_time_names_its_owners_without_it() -> None:
    nvml = FakeNvml(told=False)
    nvml.pids = [7, 8]
    (gpu,) = Nvml(nvml).read(1.0, {7: "a", 8: None}, {})
    assert gpu.busy == {"a": None, None: None}


def test_in_a_container_the_group_that_was_given_the_gpu_counts() -> None:
    nvml = FakeNvml()
    nvml.pids = [99_999]  # the host's numbering
    gpus = Nvml(nvml)
    assert gpus.read(1.0, {7: "a"}, {"a": [0]})[0].busy == {"a": None}
    assert not gpus.read(1.0, {7: "a"}, {"a": [0]})[0].listed
    assert gpus.read(1.0, {7: "a"}, {})[0].busy == {None: None}


def test_a_gpu_without_energy_counter_is_modelled_from_its_power() -> None:
    (gpu,) = Nvml(FakeNvml(energy=None)).read(2.0, {7: "a"}, {})
    assert (gpu.reading.microjoules, gpu.reading.method) == (80_000_000, "modelled")


def test_a_process_name_with_brackets_and_spaces_is_read(tmp_path: Path) -> None:
    (tmp_path / "42").mkdir()
    numbers = " ".join(str(number) for number in range(20, 60))
    (tmp_path / "42" / "stat").write_text(f"42 (odd) name) S 7 40 40 0 -1 0 1 2 3 4 100 200 300 400 {numbers}")
    (tmp_path / "stat").write_text("cpu  100 10 50 1000 30 5 5 0 20 0\n")
    processes = ProcFs(tmp_path)
    found = processes.all()[42]
    tick = processes._tick
    assert (found.parent, found.group, found.own, found.children) == (7, 40, 300 / tick, 700 / tick)
    assert processes.host_busy_seconds() == 170 / tick
