"""A new version of a dataset, however it came about, starts a run that tunes a model on it."""

from datetime import datetime

from airflow.sdk import DAG, Asset, AssetWatcher

from airflow_provider_forge.operators.fine_tune import ForgeFineTuneOperator
from airflow_provider_forge.triggers.event import ForgeEventTrigger

new_version = Asset(
    "forge-new-dataset-version",
    watchers=[AssetWatcher(name="forge", trigger=ForgeEventTrigger(["dataset.version_created"]))],
)

with DAG(
    "forge_retrain_on_new_data",
    schedule=[new_version],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["forge"],
    doc_md=__doc__,
):
    ForgeFineTuneOperator(
        task_id="fine_tune",
        # the payload of the event: id, type, created_at, data
        dataset="{{ (triggering_asset_events.values() | first | last).extra.payload.data.dataset_version_id }}",
        suffix="fresh",
        hyperparameters={"epochs": 1, "max_steps": 20},
        retries=1,
    )
