"""Watts per core by CPU class, for hosts whose energy counter cannot be read.

Covers: which class a `/proc/cpuinfo` text belongs to, and how many physical cores it shows.
Does not cover: frequency, temperature, memory or fans. The band of ±50 % is meant to hold all of them.

`watts_per_core` is the vendor's thermal design power of the class's largest common part, divided by its cores: the
package under full load. Sources are the vendors' product pages (AMD, Intel ARK, Ampere), quoted per row.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Share of the design power that an idle package draws: between a modern part's 10 % and the roughly 30 % that
#: SPECpower results show for whole servers of the same classes.
IDLE_SHARE = 0.2
ERROR_PERCENT = 50.0


@dataclass(frozen=True)
class CpuClass:
    """One CPU class. `watts_per_core` is package power at full load per physical core, idle part included."""

    name: str
    watts_per_core: float
    source: str

    @property
    def idle_watts_per_core(self) -> float:
        """What a core costs while it does nothing."""
        return self.watts_per_core * IDLE_SHARE

    @property
    def busy_watts_per_core(self) -> float:
        """What a busy core costs on top of its idle part."""
        return self.watts_per_core * (1 - IDLE_SHARE)


DEFAULT_CLASS = CpuClass("unknown server or desktop", 7.0, "middle of the classes listed here")

#: (vendor, family, model) as `/proc/cpuinfo` writes them; for ARM (implementer, part).
CPU_CLASSES: dict[tuple[str, ...], CpuClass] = {
    ("AuthenticAMD", "23", "1"): CpuClass("AMD EPYC 7001", 5.6, "EPYC 7601: 180 W, 32 cores"),
    ("AuthenticAMD", "23", "49"): CpuClass("AMD EPYC 7002", 3.5, "EPYC 7742: 225 W, 64 cores"),
    ("AuthenticAMD", "25", "1"): CpuClass("AMD EPYC 7003", 4.4, "EPYC 7763: 280 W, 64 cores"),
    ("AuthenticAMD", "25", "17"): CpuClass("AMD EPYC 9004", 3.8, "EPYC 9654: 360 W, 96 cores"),
    ("AuthenticAMD", "26", "2"): CpuClass("AMD EPYC 9005", 3.9, "EPYC 9755: 500 W, 128 cores"),
    ("AuthenticAMD", "25", "33"): CpuClass("AMD Ryzen 5000", 6.6, "Ryzen 9 5950X: 105 W, 16 cores"),
    ("GenuineIntel", "6", "63"): CpuClass("Intel Xeon E5 v3", 8.1, "E5-2699 v3: 145 W, 18 cores"),
    ("GenuineIntel", "6", "79"): CpuClass("Intel Xeon E5 v4", 6.6, "E5-2699 v4: 145 W, 22 cores"),
    ("GenuineIntel", "6", "85"): CpuClass("Intel Xeon Scalable 1 and 2", 7.3, "Platinum 8280: 205 W, 28 cores"),
    ("GenuineIntel", "6", "106"): CpuClass("Intel Xeon Scalable 3", 6.8, "Platinum 8380: 270 W, 40 cores"),
    ("GenuineIntel", "6", "143"): CpuClass("Intel Xeon Scalable 4", 6.3, "Platinum 8480+: 350 W, 56 cores"),
    ("GenuineIntel", "6", "207"): CpuClass("Intel Xeon Scalable 5", 5.5, "Platinum 8592+: 350 W, 64 cores"),
    ("GenuineIntel", "6", "158"): CpuClass("Intel Core 7 to 9 desktop", 10.8, "Core i7-8700: 65 W, 6 cores"),
    ("0x41", "0xd0c"): CpuClass("Arm Neoverse N1", 2.6, "Ampere Altra Q80-30: 210 W, 80 cores"),
}


def cpu_class(cpuinfo: str) -> CpuClass:
    """The class of the first processor in a `/proc/cpuinfo` text; `DEFAULT_CLASS` for one not listed."""
    fields = _fields(cpuinfo.strip().split("\n\n")[0])
    x86 = (fields.get("vendor_id", ""), fields.get("cpu family", ""), fields.get("model", ""))
    arm = (fields.get("CPU implementer", ""), fields.get("CPU part", ""))
    return CPU_CLASSES.get(x86) or CPU_CLASSES.get(arm) or DEFAULT_CLASS


def physical_cores(cpuinfo: str) -> int:
    """Physical cores a `/proc/cpuinfo` text shows: hyper-threads of one core count once. At least 1."""
    processors = [_fields(block) for block in cpuinfo.strip().split("\n\n")]
    listed = [fields for fields in processors if "processor" in fields]
    cores = {(fields.get("physical id", "0"), fields.get("core id", fields["processor"])) for fields in listed}
    return max(1, len(cores))


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines())
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}
