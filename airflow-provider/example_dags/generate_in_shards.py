"""Texts for many products: a mapped task per shard, each one job."""

from datetime import datetime

from airflow.sdk import DAG, Param, task

from airflow_provider_forge.operators.generate import ForgeGenerateOperator

with DAG(
    "forge_generate_in_shards",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    params={"model": Param("smollm2-135m-instruct", type="string"), "shards": Param(3, type="integer")},
    tags=["forge"],
    doc_md=__doc__,
):

    @task
    def shards(params: dict) -> list[list[dict]]:
        """Products, dealt out; yours come from a database or a file."""
        products = [{"title": f"Wool scarf no. {number}"} for number in range(1, 7)]
        return [products[start :: params["shards"]] for start in range(params["shards"])]

    write = ForgeGenerateOperator.partial(
        task_id="write",
        model="{{ params.model }}",
        # Forge's own template, over the columns of a row: Airflow does not render it
        template="Write one sentence about this product: {{ title }}",
        max_tokens=24,
        retries=1,
    ).expand(rows=shards())

    @task
    def count(written: list[dict]) -> int:
        """What the shards returned, in their order."""
        return sum(len(shard["rows"]) for shard in written)

    count(write.output)
