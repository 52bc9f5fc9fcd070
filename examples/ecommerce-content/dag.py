"""Every night: tune a model on the catalogue's texts, judge it, deploy it only if it is better.

Put this folder into Airflow's DAGs folder and make a connection `forge_default` (docs/airflow.md).
"""

from datetime import datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_provider_forge.operators.deploy import ForgeDeployOperator
from airflow_provider_forge.operators.evaluate import ForgeEvaluateOperator
from airflow_provider_forge.operators.fine_tune import ForgeFineTuneOperator
from airflow_provider_forge.operators.ingest import ForgeIngestOperator

HERE = Path(__file__).parent

with DAG(
    "forge_nightly_fine_tune",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    params={
        "max_rows": Param(440, type="integer", description="rows to learn from"),
        "max_items": Param(24, type="integer", description="held-out rows to write texts for"),
    },
    # numbers of params stay numbers
    render_template_as_native_obj=True,
    tags=["forge"],
    doc_md=__doc__,
):
    ingest = ForgeIngestOperator(
        task_id="ingest",
        dataset_name="airflow-shop-texts",
        path=f"file://{HERE / 'catalogue.csv'}",
        format="shopify-products",
        # Forge's own templates: Airflow does not render them
        product_texts={
            "prompt_template": (HERE / "templates" / "product.md").read_text(),
            "columns": [
                {"column": "Copy EN Shop", "language": "en", "channel": "shop"},
                {"column": "Copy EN Marketplace", "language": "en", "channel": "marketplace"},
                {"column": "Copy EN Social", "language": "en", "channel": "social"},
            ],
            "fact_columns": {"en": ["Facts EN"]},
        },
        options={"validation_split": 0.1, "max_rows": "{{ params.max_rows }}"},
    )
    fine_tune = ForgeFineTuneOperator(
        task_id="fine_tune",
        dataset=ingest.output["dataset_version_id"],
        suffix="airflow",
        hyperparameters={"epochs": 1, "learning_rate": 0.001, "max_length": 256},
        timeout=timedelta(hours=4),
    )
    evaluate = ForgeEvaluateOperator(
        task_id="evaluate",
        model=fine_tune.output["model_id"],
        dataset=ingest.output["dataset_version_id"],
        metrics=["loss", "chrf"],
        gate={"loss": {"improve_by": 0.02}},
        max_items="{{ params.max_items }}",
        # not better: what serves stays, and the run is no failure
        on_gate_failure="skip",
    )
    deploy = ForgeDeployOperator(
        task_id="deploy",
        deployment_name="airflow-shop-writer",
        model=fine_tune.output["model_id"],
    )
    evaluate >> deploy
