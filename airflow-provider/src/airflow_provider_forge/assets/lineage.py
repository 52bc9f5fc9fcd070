"""Dataset → model → deployment for OpenLineage. The provider for it is optional and imported when it asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Lineage:
    """Names of what a task read and made, such as `models/model_01…`; ids, so that the ends of tasks meet."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    server: str = ""

    def at(self, server: str) -> Lineage:
        """The same on a server."""
        return replace(self, server=server)


def operator_lineage(lineage: Lineage) -> Any:
    """What the OpenLineage provider takes. Raises ImportError where it is not installed; then nobody asks."""
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import Dataset

    namespace = f"forge://{lineage.server.partition('://')[2]}"
    return OperatorLineage(
        inputs=[Dataset(namespace=namespace, name=name) for name in lineage.inputs],
        outputs=[Dataset(namespace=namespace, name=name) for name in lineage.outputs],
    )
