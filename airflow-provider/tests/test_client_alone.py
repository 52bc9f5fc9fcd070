"""The client is published for people without Airflow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

source = Path(__file__).resolve().parents[1] / "src"


def test_it_imports_nothing_of_airflow() -> None:
    program = (
        "import sys, airflow_provider_forge.client; print([m for m in sys.modules if m.split('.')[0] == 'airflow'])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(source)}, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
