"""What Airflow reads about this package without importing the rest of it."""

from __future__ import annotations

from typing import Any

_package = "airflow_provider_forge"
_integration = "Forge"


def connection_type() -> dict[str, Any]:
    """The connection type `forge` with its form."""
    return {
        "connection-type": "forge",
        "hook-name": "Forge",
        "hook-class-name": f"{_package}.hooks.forge.ForgeHook",
        "ui-field-behaviour": {
            "hidden-fields": ["schema", "port", "login"],
            "relabeling": {"host": "Server URL", "password": "API key"},
            "placeholders": {"host": "http://127.0.0.1:8470"},
        },
        "conn-fields": {
            "verify_tls": {
                "label": "Verify TLS",
                "schema": {"type": "boolean", "default": True},
                "description": "Off: any certificate is taken. For tests only.",
            },
            "namespace": {
                "label": "Namespace",
                "schema": {"type": ["string", "null"], "default": None},
                "description": "Tells this Airflow from others on the same Forge. Empty: its base URL.",
            },
            "console_url": {
                "label": "Console URL",
                "schema": {"type": ["string", "null"], "default": None},
                "description": "Where links to jobs and models lead. Empty: the server URL.",
            },
        },
    }


def get_provider_info() -> dict[str, Any]:
    """The provider's metadata, as `provider_info.schema.json` has it."""
    return {
        "package-name": "airflow-provider-forge",
        "name": "Forge",
        "description": "Ingest, fine-tune, evaluate, deploy and generate with Forge.",
        "versions": ["0.1.0"],
        "integrations": [{"integration-name": _integration, "tags": ["service"]}],
        "connection-types": [connection_type()],
        "hooks": [{"integration-name": _integration, "python-modules": [f"{_package}.hooks.forge"]}],
        "operators": [
            {
                "integration-name": _integration,
                "python-modules": [
                    f"{_package}.operators.{name}"
                    for name in ("job", "ingest", "fine_tune", "evaluate", "deploy", "approval", "generate", "recipe")
                ],
            }
        ],
        "sensors": [{"integration-name": _integration, "python-modules": [f"{_package}.sensors.job"]}],
        "triggers": [
            {
                "integration-name": _integration,
                "python-modules": [f"{_package}.triggers.job", f"{_package}.triggers.event"],
            }
        ],
        "extra-links": [
            f"{_package}.links.forge.ForgeJobLink",
            f"{_package}.links.forge.ForgeModelLink",
        ],
    }
