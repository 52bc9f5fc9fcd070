"""Watts per core by CPU class, for hosts whose energy counter cannot be read.

Covers: which class a `/proc/cpuinfo` text belongs to, and how many physical cores it shows.
Does not cover: frequency, temperature, memory, fans, or how deeply an idle package sleeps.

Where the figures come from:

- Full load: the thermal design power of the class's largest common part, which is what rented servers have, divided by
  its cores. x86: `codecarbon/data/hardware/cpu_power.csv` of github.com/mlco2/codecarbon at commit b05965e, cores from
  the data sheets in `cpu_dataset_builder` beside it. Arm: heise.de, June 2020, on Ampere's Altra series (4794196).
- Idle: the median of (average watts at active idle) / (average watts at 100 %) over the SPECpower_ssj2008 results of
  servers with that class of CPU; the rows say how many. `data/SPECpower-full-results.csv` of
  github.com/cloud-carbon-footprint/cloud-carbon-coefficients at commit dda7621. It ends in 2021: later classes have the
  median of the listed ones. These are whole servers; a package alone idles at a lower share.

How far off that is:

- A part's own design power: CodeCarbon's repository holds RAPL readings by load of four machines
  (`cpu_load_profiling`: EPYC 8024P, Threadripper 1950X, Xeon E3-1240 v2, E5-2620 v3). With the design power of the very
  part, this model's rule meets them within 0.47 to 1.47 at full load and 0.34 to 1.73 from half load up.
- Another part of the class: EPYCs of 24 or more cores and Xeons of 16 or more have 0.6 to 3.5 times the listed watts
  per core, smaller and faster ones up to 6.4 times. The Threadripper counts as EPYC 7001 and drew 1.9 times that.
- Idle: those four packages slept at under 2 W, where the model says 14 to 38. An idle host is overstated.

So `error_percent` holds for a busy CPU of the named part. For another one, set FORGE_CPU_WATTS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .meter_split import Method

#: Share of the full load that an idle host draws, where its class has no result: the median of those that have one.
IDLE_SHARE = 0.21


@dataclass(frozen=True)
class CpuClass:
    """One CPU class. `watts_per_core` is package power at full load per physical core, idle part included.

    `idle_share` is the part of it that is drawn without work, 0 to 1; `error_percent` how far off a busy CPU may be.
    """

    name: str
    watts_per_core: float
    source: str
    idle_share: float = IDLE_SHARE
    error_percent: float = 50.0
    method: Method = "modelled"

    @property
    def idle_watts_per_core(self) -> float:
        """What a core costs while it does nothing."""
        return self.watts_per_core * self.idle_share

    @property
    def busy_watts_per_core(self) -> float:
        """What a busy core costs on top of its idle part."""
        return self.watts_per_core * (1 - self.idle_share)


def _class(name: str, part: str, watts: int, cores: int, idle_share: float = IDLE_SHARE, servers: int = 0) -> CpuClass:
    """A row: design power and cores of its part, and the idle share of that many SPECpower results."""
    source = f"{part}: {watts} W, {cores} cores; idle: {servers or 'no'} SPECpower results"
    return CpuClass(name, round(watts / cores, 2), source, idle_share)


#: The median of the 941 data sheets of EPYC and Xeon parts since 2013 in `cpu_dataset_builder`; a tenth of them have
#: less than 5.5 W per core, a tenth more than 18.3.
DEFAULT_CLASS = CpuClass("unknown server or desktop", 8.6, "median of 941 server parts", error_percent=100.0)

#: (vendor, family, model) as `/proc/cpuinfo` writes them; for ARM (implementer, part).
CPU_CLASSES: dict[tuple[str, ...], CpuClass] = {
    ("AuthenticAMD", "23", "1"): _class("AMD EPYC 7001", "EPYC 7601", 180, 32, 0.32, 9),
    ("AuthenticAMD", "23", "49"): _class("AMD EPYC 7002", "EPYC 7742", 225, 64, 0.25, 32),
    ("AuthenticAMD", "25", "1"): _class("AMD EPYC 7003", "EPYC 7763", 280, 64, 0.22, 16),
    ("AuthenticAMD", "25", "17"): _class("AMD EPYC 9004", "EPYC 9654", 360, 96),
    ("AuthenticAMD", "26", "2"): _class("AMD EPYC 9005", "EPYC 9755", 500, 128),
    ("AuthenticAMD", "25", "33"): _class("AMD Ryzen 5000", "Ryzen 9 5950X", 105, 16),
    ("GenuineIntel", "6", "63"): _class("Intel Xeon E5 v3", "E5-2699 v3", 145, 18, 0.17, 20),
    ("GenuineIntel", "6", "79"): _class("Intel Xeon E5 v4", "E5-2699 v4", 145, 22, 0.17, 13),
    ("GenuineIntel", "6", "85"): _class("Intel Xeon Scalable 1 and 2", "Platinum 8280", 205, 28, 0.14, 158),
    ("GenuineIntel", "6", "106"): _class("Intel Xeon Scalable 3", "Platinum 8380", 270, 40, 0.23, 7),
    ("GenuineIntel", "6", "143"): _class("Intel Xeon Scalable 4", "Platinum 8480+", 350, 56),
    ("GenuineIntel", "6", "207"): _class("Intel Xeon Scalable 5", "Platinum 8592+", 350, 64),
    ("GenuineIntel", "6", "158"): _class("Intel Core 7 to 9 desktop, Xeon E", "Core i7-8700", 65, 6, 0.20, 9),
    ("0x41", "0xd0c"): _class("Arm Neoverse N1", "Ampere Altra Q80-30", 210, 80),
}


def cpu_class(cpuinfo: str) -> CpuClass:
    """The class of the first processor in a `/proc/cpuinfo` text; `DEFAULT_CLASS` for one not listed."""
    fields = _fields(cpuinfo.strip().split("\n\n")[0])
    x86 = (fields.get("vendor_id", ""), fields.get("cpu family", ""), fields.get("model", ""))
    arm = (fields.get("CPU implementer", ""), fields.get("CPU part", ""))
    return CPU_CLASSES.get(x86) or CPU_CLASSES.get(arm) or DEFAULT_CLASS


def configured(kind: CpuClass, watts_per_core: float) -> CpuClass:
    """A class with the watts per core that its owner states, in place of the table's. Its idle share stays."""
    return replace(
        kind,
        name=f"{kind.name}, configured",
        watts_per_core=watts_per_core,
        source="configuration",
        error_percent=50.0,
        method="configured",
    )


def physical_cores(cpuinfo: str) -> int:
    """Physical cores a `/proc/cpuinfo` text shows: hyper-threads of one core count once. At least 1."""
    processors = [_fields(block) for block in cpuinfo.strip().split("\n\n")]
    listed = [fields for fields in processors if "processor" in fields]
    cores = {(fields.get("physical id", "0"), fields.get("core id", fields["processor"])) for fields in listed}
    return max(1, len(cores))


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines())
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}
