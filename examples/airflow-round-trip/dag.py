"""n8n starts this through Forge; it has Forge write a text for each product and hands the texts back."""

from datetime import datetime, timedelta

from airflow.sdk import DAG, Param

from airflow_provider_forge.operators.generate import ForgeGenerateOperator

with DAG(
    "forge_started_from_n8n",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30)},
    # n8n shows them as fields, Airflow checks them
    params={
        "products": Param(
            type="array",
            minItems=1,
            items={"type": "object", "required": ["title"]},
            description="columns of the template below",
        ),
        "model": Param("smollm2-135m-instruct", type="string", description="a deployment, a model or a base model"),
    },
    # lists of params stay lists
    render_template_as_native_obj=True,
    tags=["forge"],
    doc_md=__doc__,
):
    ForgeGenerateOperator(
        task_id="write",
        model="{{ params.model }}",
        rows="{{ params.products }}",
        # Forge's own template, over the columns of a product: Airflow does not render it
        template="Write one sentence about this product: {{ title }}",
        max_tokens=24,
    )
