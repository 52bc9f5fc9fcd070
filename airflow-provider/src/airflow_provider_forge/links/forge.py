"""Links from a task to its job and its model. Operators push the address before they defer, so it shows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class ForgeJobLink(BaseOperatorLink):
    """To the job that the task waits for."""

    name = "Forge job"

    @property
    def xcom_key(self) -> str:
        """Where the operator puts the address."""
        return "forge_job_link"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address; empty until the job is made."""
        return XCom.get_value(key=self.xcom_key, ti_key=ti_key) or ""


class ForgeModelLink(BaseOperatorLink):
    """To the model that the task makes, judges, deploys or calls."""

    name = "Forge model"

    @property
    def xcom_key(self) -> str:
        """Where the operator puts the address."""
        return "forge_model_link"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address; empty until the model is known."""
        return XCom.get_value(key=self.xcom_key, ti_key=ti_key) or ""
