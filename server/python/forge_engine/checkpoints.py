"""Everything a run needs to go on in another process as if nothing had happened.

A checkpoint is a folder `step-<n>`: the adapter in PEFT's format or the whole model, the optimizer's moments,
`state.json`, and `manifest.json` with the hash of each other file. The order of the rows and all randomness are
functions of seed, step and rank, so those numbers are all there is to keep of them.
No pickles: a checkpoint from elsewhere cannot run code.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from forge_engine.errors import EngineError
from forge_engine.files import whole_folder


@dataclass
class StepMetrics:
    """One line of step_metrics.csv."""

    step: int
    train_loss: float
    validation_loss: float | None
    learning_rate: float
    tokens: int


@dataclass
class State:
    """Where a run stands. `step` counts finished steps; `identity` names rows, hyperparameters and base."""

    identity: str
    seed: int
    ranks: int
    dtype: str
    step: int = 0
    trained_tokens: int = 0
    seconds: float = 0.0
    best_validation_loss: float | None = None
    evaluations_without_better: int = 0
    history: list[StepMetrics] = field(default_factory=list)


def read_state(folder: str | Path) -> State:
    """Reads `state.json`. Raises model_not_loadable when it is not there or not ours."""
    try:
        raw = json.loads((Path(folder) / "state.json").read_text())
        return State(**{**raw, "history": [StepMetrics(**line) for line in raw["history"]]})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EngineError(
            "model_not_loadable", f"The checkpoint {Path(folder).name} cannot be read: {error!r}"
        ) from error


def _write_manifest(folder: Path, state: State) -> None:
    """Tells a later reader whether the checkpoint is whole, and what a server wants to know of it."""
    files = {}
    for file in sorted(folder.iterdir()):
        with file.open("rb") as content:
            files[file.name] = {
                "bytes": file.stat().st_size,
                "sha256": hashlib.file_digest(content, "sha256").hexdigest(),
            }
    metrics = {"loss": state.history[-1].train_loss} if state.history else {}
    told = {"step": state.step, "metrics": metrics, "files": files}
    (folder / "manifest.json").write_text(json.dumps(told, allow_nan=False))


def write(
    parent: Path,
    state: State,
    save: Callable[[Path], None],
    optimizer: torch.optim.Optimizer,
    best: Tensor | None,
    keep: int = 3,
) -> Path:
    """Writes `step-<n>` whole, then removes all but the newest `keep`. `best` are the best weights so far, if kept.

    `save` puts the weights into a folder so that a checkpoint can be served and judged like the finished model.
    """
    target = parent / f"step-{state.step}"
    with whole_folder(target) as folder:
        save(folder)
        moments = {name: value.cpu() for name, value in optimizer.state_dict()["state"][0].items()}
        save_file(moments if best is None else {**moments, "best": best.cpu()}, folder / "optimizer.safetensors")
        (folder / "state.json").write_text(json.dumps(asdict(state), allow_nan=False))
        _write_manifest(folder, state)
    ours = sorted(parent.glob("step-*"), key=lambda path: int(path.name.removeprefix("step-")))
    for old in ours[:-keep]:
        shutil.rmtree(old)
    return target


def restore(folder: Path, optimizer: torch.optim.Optimizer) -> Tensor | None:
    """Puts the moments of a checkpoint into the optimizer. Returns the best weights if they were kept."""
    moments = load_file(folder / "optimizer.safetensors")
    best: Tensor | None = moments.pop("best", None)
    optimizer.load_state_dict({**optimizer.state_dict(), "state": {0: moments}})
    return best
