"""A model under a name that others call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from ..assets.forge import deployment_asset, is_plain
from ..assets.lineage import Lineage
from ..client import ForgeClient, calls
from ..client.results import Job
from ..hooks.forge import ForgeHook
from .base import ForgeOperator
from .task_key import TaskKey

_grace_s = 60
# that Forge takes: 90 days
_longest_s = 90 * 86_400


class ForgeDeployOperator(ForgeOperator):
    """Deploys a model, or rolls it out under a name that exists; waits until it answers.

    With `require_approval` the job awaits a person, and the task waits with it. A rejection fails the task without
    retry and shows the reason. Who wants to ask that person in Airflow puts a `ForgeApprovalOperator` beside it.

    :param deployment_name: lower case letters, digits, dashes
    :param model: what shall serve
    :param force: although its gate failed; needs `reason`, both are audited
    :param idle_timeout_s: scale to zero after this; None = always on
    :param require_approval: once the gate has passed, a person decides whether it goes into service
    :param approval_timeout: seconds or timedelta that it may await an approval; then it is cancelled and the task
        fails. None = as long as the deadline and Forge (seven days) allow

    XCom: deployment_id, name, generation, model.
    """

    template_fields: Sequence[str] = ("deployment_name", "model", "reason", *ForgeOperator.template_fields)

    def __init__(
        self,
        *,
        deployment_name: str,
        model: str,
        force: bool = False,
        reason: str | None = None,
        idle_timeout_s: int | None = 300,
        require_approval: bool = False,
        approval_timeout: timedelta | float | None = None,
        forge_conn_id: str = ForgeHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        asset = deployment_asset(deployment_name, forge_conn_id) if is_plain(deployment_name, forge_conn_id) else None
        super().__init__(forge_conn_id=forge_conn_id, asset=asset, **kwargs)
        self.deployment_name = deployment_name
        self.model = model
        self.force = force
        self.reason = reason
        self.idle_timeout_s = idle_timeout_s
        self.require_approval = require_approval
        self.approval_timeout = approval_timeout

    def start(self, client: ForgeClient, key: TaskKey, options: Mapping[str, Any]) -> Job:
        """Makes the job. Raises ForgeError, `gate_failed` among them."""
        input: dict[str, Any] = {
            "name": self.deployment_name,
            "model": self.model,
            "force": self.force,
            "reason": self.reason,
            "idle_timeout_s": self.idle_timeout_s,
        }
        if self.require_approval:
            input["require_approval"] = True
            limit = self.approval_timeout_s()
            if limit is not None:
                # Forge's own end of the wait is for the case that Airflow is away then
                input["approval_timeout_seconds"] = min(ceil(limit) + _grace_s, _longest_s)
        return client.send(calls.start_job("deploy", input, options=options, idempotency_key=key.idempotency_key))

    def approval_timeout_s(self) -> float | None:
        """As given, in seconds."""
        limit = self.approval_timeout
        return limit.total_seconds() if isinstance(limit, timedelta) else limit

    def result_of(self, client: ForgeClient, job: Job) -> dict[str, Any]:
        """With the model that serves."""
        return {**(job.result or {}), "model": self.model}

    def model_of(self, result: Mapping[str, Any]) -> str | None:
        """The model that is deployed."""
        return self.model

    def lineage_of(self, result: Mapping[str, Any]) -> Lineage:
        """From the model to the deployment."""
        return Lineage(inputs=(f"models/{self.model}",), outputs=(f"deployments/{self.deployment_name}",))
