"""Where joules come from: RAPL, NVML, or a model of the CPU.

NVML is read through nvidia-ml-py and RAPL through its files; zeus reads the same counters, but its import takes a
second of CPU time, which a meter that starts with every worker should not spend.

Does not cover: fans, memory outside the package, power supplies. Every reading names what it covers.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from .meter_cpu_classes import CpuClass, configured, cpu_class, physical_cores
from .meter_split import GpuReading, Owner, Reading, wrapped_delta

MICRO = 1_000_000
#: A host whose CPUs are busier than this says nothing about its idle power.
QUIET_SHARE = 0.05


class CpuSource(Protocol):
    """The CPUs' energy over the interval since the last `read`."""

    def read(self, interval_seconds: float, busy_seconds: float) -> Reading:
        """`busy_seconds` is the CPU time all processes of the host used in the interval."""


class GpuSource(Protocol):
    """The GPUs' energy over the interval since the last `read`."""

    def read(
        self, interval_seconds: float, owner_of: Mapping[int, Owner], granted: Mapping[str, Sequence[int]]
    ) -> list[GpuReading]:
        """`owner_of` maps every visible pid to its watched group; `granted` the groups to the GPUs given to them."""


class CpuModel:
    """CPU seconds times watts per core. A second hyper-thread on a busy core costs nothing more in this model."""

    def __init__(self, kind: CpuClass, cores: int) -> None:
        self._kind = kind
        self._cores = cores
        self.idle_watts = kind.idle_watts_per_core * cores

    def read(self, interval_seconds: float, busy_seconds: float) -> Reading:
        """See `CpuSource.read`."""
        busy_core_seconds = min(busy_seconds, self._cores * interval_seconds)
        idle = round(self.idle_watts * interval_seconds * MICRO)
        busy = round(self._kind.busy_watts_per_core * busy_core_seconds * MICRO)
        return Reading("cpu", self._kind.method, idle + busy, idle, "cpu cores (model)", self._kind.error_percent)


class Rapl:
    """The package counters under `/sys/class/powercap`. Raises OSError where they are missing or unreadable.

    The idle baseline starts with the model's figure and follows what the package draws while the host is quiet.
    """

    def __init__(self, idle_watts: float, cpus: int, root: Path = Path("/sys/class/powercap")) -> None:
        zones = [zone for zone in sorted(root.glob("*-rapl:*")) if zone.name.count(":") == 1]
        packages = [zone for zone in zones if (zone / "name").read_text().startswith("package")]
        self._ranges = {zone / "energy_uj": int((zone / "max_energy_range_uj").read_text()) for zone in packages}
        if not self._ranges:
            raise FileNotFoundError(f"no RAPL package counter under {root}")
        self._cpus = cpus
        self._idle_watts = idle_watts
        self._before = self._counters()

    def read(self, interval_seconds: float, busy_seconds: float) -> Reading:
        """See `CpuSource.read`."""
        after = self._counters()
        used = sum(wrapped_delta(self._before[path], after[path], size) for path, size in self._ranges.items())
        self._before = after
        quiet = busy_seconds < QUIET_SHARE * self._cpus * interval_seconds
        if quiet and interval_seconds > 0.5:  # counters tick about every millisecond: short intervals are noisy
            self._idle_watts += 0.2 * (used / MICRO / interval_seconds - self._idle_watts)
        idle = min(used, round(self._idle_watts * interval_seconds * MICRO))
        return Reading("cpu", "measured", used, idle, "cpu package", 5.0)

    def _counters(self) -> dict[Path, int]:
        return {path: int(path.read_text()) for path in self._ranges}


class NoGpus:
    """A host without NVIDIA driver."""

    def read(
        self, interval_seconds: float, owner_of: Mapping[int, Owner], granted: Mapping[str, Sequence[int]]
    ) -> list[GpuReading]:
        """See `GpuSource.read`."""
        return []


class Nvml:
    """NVIDIA GPUs. `nvml` is the pynvml module, or a test's stand-in.

    Energy counters exist since Volta; an older GPU's power reading times the interval is marked `modelled`.
    """

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        nvml.nvmlInit()
        self._handles = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]
        self._before = [self._millijoules(handle) for handle in self._handles]
        self._seen = [0] * len(self._handles)

    def read(
        self, interval_seconds: float, owner_of: Mapping[int, Owner], granted: Mapping[str, Sequence[int]]
    ) -> list[GpuReading]:
        """See `GpuSource.read`."""
        return [self._read_one(i, interval_seconds, owner_of, granted) for i in range(len(self._handles))]

    def _read_one(
        self, index: int, interval_seconds: float, owner_of: Mapping[int, Owner], granted: Mapping[str, Sequence[int]]
    ) -> GpuReading:
        handle = self._handles[index]
        before, after = self._before[index], self._millijoules(handle)
        self._before[index] = after
        counted = before is not None and after is not None and after >= before  # a driver reload starts at 0
        if counted and before is not None and after is not None:
            used = (after - before) * 1000
        else:
            used = round(self._nvml.nvmlDeviceGetPowerUsage(handle) * 1000 * interval_seconds)
        busy, listed = self._owners(index, owner_of, granted)
        reading = Reading(
            f"gpu-{index}",
            "measured" if counted else "modelled",
            used,
            0 if busy else used,
            "gpu board",
            5.0 if counted else 20.0,
        )
        return GpuReading(reading, busy, listed)

    def _owners(
        self, index: int, owner_of: Mapping[int, Owner], granted: Mapping[str, Sequence[int]]
    ) -> tuple[dict[Owner, float | None], bool]:
        """Owners with a process on the GPU and their busy time, and whether NVML's list named them.

        Inside a container NVML lists no process, or the host's pids: then the groups that were given the GPU count.
        """
        pids = {process.pid for process in self._nvml.nvmlDeviceGetComputeRunningProcesses(self._handles[index])}
        visible = pids & owner_of.keys()
        holders: dict[Owner, float | None] = {key: None for key, gpus in granted.items() if index in gpus}
        if not visible:
            return (holders, False) if holders else ({None: None} if pids else {}, True)
        utilisation = self._utilisation(index)
        busy: dict[Owner, float | None] = {}
        for pid in pids:
            owner = owner_of.get(pid)
            busy[owner] = None if utilisation is None else (busy.get(owner) or 0.0) + utilisation.get(pid, 0.0)
        return busy, True

    def _utilisation(self, index: int) -> dict[int, float] | None:
        """Busy time per pid since the last look, in NVML's own units; None where the GPU does not tell."""
        try:
            samples = self._nvml.nvmlDeviceGetProcessUtilization(self._handles[index], self._seen[index])
        except self._nvml.NVMLError:
            return None
        busy: dict[int, float] = {}
        for sample in samples:
            self._seen[index] = max(self._seen[index], sample.timeStamp)
            busy[sample.pid] = busy.get(sample.pid, 0.0) + sample.smUtil
        return busy

    def _millijoules(self, handle: Any) -> int | None:
        try:
            return int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        except self._nvml.NVMLError:
            return None


def open_cpu(watts_per_core: float | None) -> tuple[CpuSource, str]:
    """RAPL where it can be read, else the model; and a sentence for the log that says which and why.

    `watts_per_core` replaces the table's figure (package power at full load per physical core).
    """
    cpuinfo_path = Path("/proc/cpuinfo")
    cpuinfo = cpuinfo_path.read_text(encoding="utf-8", errors="replace") if cpuinfo_path.exists() else ""
    kind = cpu_class(cpuinfo)
    if watts_per_core is not None:
        kind = configured(kind, watts_per_core)
    cores = physical_cores(cpuinfo) if cpuinfo else max(1, os.cpu_count() or 1)
    model = CpuModel(kind, cores)
    try:
        return Rapl(model.idle_watts, os.cpu_count() or 1), "CPU energy is read from RAPL"
    except OSError as error:
        reason = error.strerror or str(error)
        return model, (
            f"CPU energy is {kind.method} ({kind.name}, {kind.watts_per_core} W per core, {cores} cores,"
            f" ±{kind.error_percent:g} % when busy): RAPL is"
            f" not readable ({reason}); to measure, run on a {platform.system()} host that shows"
            " /sys/class/powercap/*/energy_uj and let this user read it"
        )


def open_gpus() -> tuple[GpuSource, str]:
    """NVML where a driver answers, else no GPUs; and a sentence for the log."""
    try:
        import pynvml  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return NoGpus(), "no GPU is metered: nvidia-ml-py is not installed"
    try:
        return Nvml(pynvml), "GPU energy is read from NVML"
    except pynvml.NVMLError as error:
        return NoGpus(), f"no GPU is metered: {error}"
