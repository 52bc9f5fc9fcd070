from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import Connection

from airflow_provider_forge.hooks.forge import read_connection


def connection(**fields: Any) -> Connection:
    return Connection(conn_id="forge_default", conn_type="forge", **{"password": "key", **fields})


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"host": "https://forge.example/"}, "https://forge.example"),
        ({"host": "forge.example", "port": 8470}, "http://forge.example:8470"),
        ({"host": "forge.example", "schema": "https"}, "https://forge.example"),
    ],
)
def test_a_server_url_is_read_as_people_write_it(fields: dict[str, Any], url: str) -> None:
    settings = read_connection(connection(**fields))
    assert settings.client.server == url
    assert settings.job_url("job_1") == f"{url}/jobs/job_1"
    assert settings.client.verify


def test_extra_fields_are_read() -> None:
    extra = '{"verify_tls": false, "namespace": "blue", "console_url": "https://console.example/"}'
    settings = read_connection(connection(host="http://forge.example", extra=extra))
    assert not settings.client.verify
    assert settings.namespace == "blue"
    assert settings.model_url("model_1") == "https://console.example/models/model_1"


def test_what_is_missing_is_said_with_its_remedy() -> None:
    with pytest.raises(AirflowException, match="no server URL"):
        read_connection(connection(host=None))
    with pytest.raises(AirflowException, match="api-keys create"):
        read_connection(connection(host="http://forge.example", password=None))


def test_a_key_is_in_no_repr() -> None:
    assert "key" not in repr(read_connection(connection(host="http://forge.example", password="secret-key"))).replace(
        "api_key", ""
    )
