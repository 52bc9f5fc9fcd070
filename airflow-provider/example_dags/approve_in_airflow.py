"""A person approves in Airflow, and Forge's deployment goes on."""

from datetime import datetime, timedelta

from airflow.sdk import DAG, Param

from airflow_provider_forge.operators.approval import ForgeApprovalOperator
from airflow_provider_forge.operators.deploy import ForgeDeployOperator

with DAG(
    "forge_approve_in_airflow",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    params={
        # in a pipeline: fine_tune.output["model_id"], behind the evaluation whose figures are shown
        "model": Param("smollm2-135m-instruct", type="string"),
        "deployment": Param("approved-writer", type="string"),
    },
    tags=["forge"],
    doc_md=__doc__,
):
    # waits at Forge and here, without a worker
    ForgeDeployOperator(
        task_id="deploy",
        deployment_name="{{ params.deployment }}",
        model="{{ params.model }}",
        require_approval=True,
        approval_timeout=timedelta(hours=12),
    )
    # beside it: asks under "Required Actions" and tells Forge the answer
    ForgeApprovalOperator(
        task_id="approve",
        deploy_task_id="deploy",
        body="Look at a few texts before you approve.",
        response_timeout=timedelta(hours=12),
    )
