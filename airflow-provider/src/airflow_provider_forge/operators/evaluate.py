"""A verdict on a model, and a gate in the DAG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from ..assets.lineage import Lineage
from ..client import ForgeClient, calls
from ..client.results import Evaluation, Job
from .base import ForgeOperator
from .task_key import TaskKey
from .values import read_mapping


class ForgeEvaluateOperator(ForgeOperator):
    """Judges a model on held-out rows, beside a baseline.

    :param model: a model or a checkpoint
    :param dataset: id or name (its newest version), or the id of a version; its validation rows are used
    :param baseline: `base`, another model, or None
    :param metrics: loss, chrf, brand_rules, language_match
    :param gate: thresholds that must all hold, e.g. `{"loss": {"improve_by": 0.10}}`; none = passes
    :param gate_language: the gate looks at rows of this language only
    :param rules: house style for brand_rules, also as a .yaml template file
    :param on_gate_failure: `fail`: the task fails at once, without retry; `skip`: it and what hangs on it are skipped

    XCom: evaluation_id, passed, scores, baseline_scores, checks.
    """

    template_fields: Sequence[str] = (
        "model",
        "dataset",
        "baseline",
        "metrics",
        "gate",
        "gate_language",
        "rules",
        "max_items",
        *ForgeOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "gate": "json",
        "rules": "yaml",
        **ForgeOperator.template_fields_renderers,
    }

    def __init__(
        self,
        *,
        model: str,
        dataset: str,
        baseline: str | None = "base",
        metrics: Sequence[str] = ("loss", "chrf", "language_match"),
        gate: Mapping[str, Mapping[str, float]] | str | None = None,
        gate_language: str | None = None,
        rules: Mapping[str, Any] | str | None = None,
        max_items: int | str = 24,
        max_tokens: int = 64,
        on_gate_failure: Literal["fail", "skip"] = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if on_gate_failure not in ("fail", "skip"):
            raise ValueError(f"on_gate_failure must be 'fail' or 'skip' (got {on_gate_failure!r})")
        self.model = model
        self.dataset = dataset
        self.baseline = baseline
        self.metrics = metrics
        self.gate = gate
        self.gate_language = gate_language
        self.rules = rules
        self.max_items = max_items
        self.max_tokens = max_tokens
        self.on_gate_failure = on_gate_failure

    def start(self, client: ForgeClient, key: TaskKey, options: Mapping[str, Any]) -> Job:
        """Makes the job. Raises ForgeError."""
        input = {
            "model": self.model,
            "dataset_version_id": self.dataset,
            "baseline": self.baseline,
            "metrics": list(self.metrics),
            "gate": read_mapping("gate", self.gate) or {},
            "gate_language": self.gate_language,
            "rules": read_mapping("rules", self.rules),
            "max_items": int(self.max_items),
            "max_tokens": self.max_tokens,
        }
        return client.send(calls.start_job("evaluate", input, options=options, idempotency_key=key.idempotency_key))

    def result_of(self, client: ForgeClient, job: Job) -> dict[str, Any]:
        """The verdict. Raises AirflowFailException or AirflowSkipException where the gate failed."""
        evaluation = client.send(calls.get_evaluation(str((job.result or {})["evaluation_id"])))
        self.log.info("%s", verdict(evaluation))
        if not evaluation.passed:
            kind = AirflowSkipException if self.on_gate_failure == "skip" else AirflowFailException
            raise kind(verdict(evaluation))
        return {
            "evaluation_id": evaluation.id,
            "model": evaluation.model,
            "passed": evaluation.passed,
            "scores": dict(evaluation.scores),
            "baseline_scores": None if evaluation.baseline_scores is None else dict(evaluation.baseline_scores),
            "checks": evaluation.checks,
        }

    def model_of(self, result: Mapping[str, Any]) -> str | None:
        """The model that is judged."""
        return self.model

    def lineage_of(self, result: Mapping[str, Any]) -> Lineage:
        """From the dataset and the model to the verdict."""
        return Lineage(
            inputs=(f"dataset_versions/{self.dataset}", f"models/{self.model}"),
            outputs=(f"evaluations/{result['evaluation_id']}",),
        )


def verdict(evaluation: Evaluation) -> str:
    """The gate in words, a line per check: `loss 1.90, baseline 2.41: improve_by 0.1 passed`."""
    lines = [f"{_measured(check)}: {check['rule']} {_outcome(check)}" for check in evaluation.checks]
    head = f"Model {evaluation.model} {'passed' if evaluation.passed else 'did not pass'} its gate"
    return "\n".join([f"{head}:" if lines else f"{head}: it has no thresholds.", *lines])


def _measured(check: Mapping[str, Any]) -> str:
    beside = "" if check["baseline"] is None else f", baseline {check['baseline']}"
    return f"{check['metric']} {check['value']}{beside}"


def _outcome(check: Mapping[str, Any]) -> str:
    return "passed" if check["passed"] else "failed"
