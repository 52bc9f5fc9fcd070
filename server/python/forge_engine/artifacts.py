"""The files a finished run leaves in its output folder."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from forge_engine.checkpoints import StepMetrics
from forge_engine.files import LITTER, sync

COLUMNS = ("step", "train_loss", "validation_loss", "learning_rate", "tokens")


def write_artifacts(output: Path, save: Callable[[Path], None], history: list[StepMetrics]) -> list[dict[str, str]]:
    """Writes what `save` puts into a folder, and the metrics. Returns name and path of each; each file is whole."""
    work = Path(tempfile.mkdtemp(prefix=LITTER, dir=output))
    try:
        save(work)
        with (work / "step_metrics.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for line in history:
                writer.writerow(["" if (value := getattr(line, column)) is None else value for column in COLUMNS])
        written = []
        for file_path in sorted(work.iterdir()):
            file_path.chmod(0o644)
            sync(file_path)
            target = file_path.replace(output / file_path.name)
            written.append({"name": target.name, "path": str(target)})
        sync(output)
        return written
    finally:
        shutil.rmtree(work)
