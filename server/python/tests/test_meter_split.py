"""The meter's promises, as arithmetic: rows sum to counters, nothing counts twice, counters may wrap."""

from __future__ import annotations

import random

import pytest

from forge_engine.meter_sample import build_sample
from forge_engine.meter_split import (
    GpuReading,
    Owner,
    ProcessTimes,
    Reading,
    apportion,
    group_cpu_seconds,
    split_cpu,
    split_gpu,
    worst,
    wrapped_delta,
)


def process(pid: int, own: float, children: float = 0.0, parent: int = 1, started: float = 0.0) -> ProcessTimes:
    return ProcessTimes(pid=pid, parent=parent, group=10, started=started, own=own, children=children)


def table(*processes: ProcessTimes) -> dict[int, ProcessTimes]:
    return {one.pid: one for one in processes}


def gpu(joules: int, busy: dict[Owner, float | None], listed: bool = True, index: int = 0) -> GpuReading:
    return GpuReading(
        Reading(f"gpu-{index}", "measured", joules, 0 if busy else joules, "gpu board", 5.0), busy, listed
    )


def test_a_counter_that_wrapped_goes_on_from_zero() -> None:
    assert wrapped_delta(10, 25, 100) == 15
    assert wrapped_delta(90, 5, 100) == 15
    assert wrapped_delta(7, 7, 100) == 0


def test_apportioned_parts_sum_to_the_whole_number() -> None:
    dice = random.Random(1)
    for _ in range(2000):
        weights: dict[Owner, float] = {
            str(i): dice.choice([0.0, dice.random(), 1e-9, 1e9]) for i in range(dice.randint(1, 9))
        }
        total = dice.randint(0, 10**12)
        parts = apportion(total, weights)
        assert sum(parts.values()) == total
        assert all(part >= 0 for part in parts.values())


def test_apportioning_to_nobody_or_by_negative_weights_is_an_error() -> None:
    with pytest.raises(ValueError, match="nobody"):
        apportion(5, {})
    with pytest.raises(ValueError, match="negative"):
        apportion(5, {"a": -1.0})


def test_the_rows_of_every_interval_sum_to_every_counter() -> None:
    dice = random.Random(2)
    for round_number in range(1000):
        groups = [f"group-{i}" for i in range(dice.randint(0, 4))]
        joules = dice.randint(0, 10**9)
        cpu = Reading("cpu", "measured", joules, dice.randint(0, joules), "cpu package", 5.0)
        seconds = {group: dice.choice([0.0, dice.uniform(0, 2)]) for group in groups}
        owners: list[Owner] = [*groups, None]
        gpus = [
            gpu(
                dice.randint(0, 10**9),
                {
                    owner: dice.choice([None, 0.0, dice.random()])
                    for owner in dice.sample(owners, dice.randint(0, len(owners)))
                },
                dice.random() < 0.8,
                index,
            )
            for index in range(dice.randint(0, 3))
        ]
        sample = build_sample(
            sequence=round_number,
            interval_seconds=1.0,
            started_at="",
            ended_at="",
            cpu=cpu,
            gpus=gpus,
            group_seconds=seconds,
            host_seconds=dice.uniform(0, 4),
        )
        for meter in sample["meters"]:
            rows = [row for owner in [*sample["groups"], sample["other"]] for row in owner["rows"]]
            shared = sum(row["joules"] for row in rows if row["meter"] == meter["meter"])
            assert round(meter["idle_joules"] + shared, 6) == meter["joules"]
        everyone = [*sample["groups"], sample["other"]]
        total = sum(meter["joules"] for meter in sample["meters"])
        idle = sum(meter["idle_joules"] for meter in sample["meters"])
        assert round(idle + sum(one["cpu_joules"] + one["gpu_joules"] for one in everyone), 6) == round(total, 6)


def test_cpu_joules_above_idle_go_by_cpu_seconds() -> None:
    rows = split_cpu(Reading("cpu", "measured", 1300, 300, "cpu package", 5.0), {"a": 1.0, "b": 0.5}, 2.0)
    assert {row.owner: row.microjoules for row in rows} == {"a": 500, "b": 250, None: 250}


def test_a_quiet_hosts_joules_belong_to_nobody_watched() -> None:
    rows = split_cpu(Reading("cpu", "measured", 1300, 300, "cpu package", 5.0), {"a": 0.0}, 0.0)
    assert {row.owner: row.microjoules for row in rows} == {"a": 0, None: 1000}


def test_a_gpu_of_one_attempt_gives_it_everything() -> None:
    (row,) = split_gpu(gpu(1000, {"a": None}))
    assert (row.owner, row.microjoules, row.method, row.share) == ("a", 1000, "measured", 1.0)


def test_a_shared_gpu_is_split_by_busy_time() -> None:
    rows = split_gpu(gpu(1000, {"a": 60.0, "b": 20.0}))
    assert {row.owner: (row.microjoules, row.method) for row in rows} == {
        "a": (750, "measured"),
        "b": (250, "measured"),
    }


@pytest.mark.parametrize("busy", [{"a": None, "b": None}, {"a": 0.0, "b": 0.0}])
def test_a_shared_gpu_that_does_not_tell_is_apportioned_equally(busy: dict[Owner, float | None]) -> None:
    rows = split_gpu(gpu(1000, busy))
    assert [(row.microjoules, row.method) for row in rows] == [(500, "apportioned"), (500, "apportioned")]


def test_an_owner_known_only_by_its_grant_is_apportioned() -> None:
    assert [row.method for row in split_gpu(gpu(1000, {"a": None}, listed=False))] == ["apportioned"]


def test_a_growing_process_counts_its_growth_only() -> None:
    assert group_cpu_seconds(table(process(10, 5.0)), table(process(10, 6.5))) == pytest.approx(1.5)


def test_a_child_that_came_and_went_within_an_interval_counts_through_its_parent() -> None:
    assert group_cpu_seconds(table(process(10, 1.0)), table(process(10, 1.0, children=0.4))) == pytest.approx(0.4)


def test_a_long_lived_child_is_not_counted_again_when_its_parent_reaps_it() -> None:
    before = table(process(10, 1.0), process(11, 30.0, parent=10))
    assert group_cpu_seconds(before, table(process(10, 1.0, children=30.2))) == pytest.approx(0.2)


def test_an_orphan_that_ends_takes_nothing_from_the_others() -> None:
    before = table(process(10, 1.0), process(11, 30.0, parent=1))
    assert group_cpu_seconds(before, table(process(10, 1.7))) == pytest.approx(0.7)


def test_a_reused_pid_is_a_new_process() -> None:
    assert group_cpu_seconds(table(process(10, 9.0)), table(process(10, 0.3, started=5.0))) == pytest.approx(0.3)


def test_the_least_certain_method_wins() -> None:
    assert worst(["measured", "apportioned", "modelled"]) == "apportioned"
    assert worst([]) == "measured"
