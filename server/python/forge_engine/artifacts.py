"""The files a finished run leaves in its output folder."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forge_engine import adapter_gguf, peft_format
from forge_engine.checkpoints import StepMetrics
from forge_engine.files import LITTER, sync
from forge_engine.lora import Adapter
from forge_engine.protocol import Event, log

COLUMNS = ("step", "train_loss", "validation_loss", "learning_rate", "tokens")


def write_artifacts(
    output: Path,
    adapter: Adapter,
    config: Any,
    history: list[StepMetrics],
    base_name: str,
    report: Callable[[Event], None],
) -> list[dict[str, str]]:
    """Writes adapter (PEFT and, for Llama, GGUF) and metrics. Returns name and path of each; each file is whole."""
    work = Path(tempfile.mkdtemp(prefix=LITTER, dir=output))
    try:
        peft_format.save(adapter, work, base_name)
        if adapter_gguf.supports(config.model_type):
            adapter_gguf.write(adapter, config, work / "adapter.gguf")
        else:
            report(log("warning", f"No adapter.gguf for {config.model_type}: the slow Transformers engine serves it."))
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
