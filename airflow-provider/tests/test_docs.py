"""The page shows the DAGs that the end-to-end tests run."""

from __future__ import annotations

import re
from pathlib import Path

root = Path(__file__).resolve().parents[2]
page = (root / "docs" / "airflow.md").read_text()


def test_the_dags_of_the_page_are_those_of_the_examples() -> None:
    shown = re.findall(r"<!-- code: (\S+) -->\n```python\n(.*?)```\n<!-- /code -->", page, re.DOTALL)
    assert [path for path, _ in shown] == [
        "examples/ecommerce-content/dag.py",
        "airflow-provider/example_dags/approve_in_airflow.py",
        "airflow-provider/example_dags/retrain_on_new_data.py",
    ]
    for path, code in shown:
        assert code == (root / path).read_text(), f"{path} and docs/airflow.md differ"
