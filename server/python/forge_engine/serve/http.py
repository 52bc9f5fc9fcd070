"""The engine's port on loopback: OpenAI-shaped, and every route demands the bearer token."""

from __future__ import annotations

import hmac
import json
import select
import socket
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from forge_engine.serve.api_error import ApiError, ClientGone, invalid
from forge_engine.serve.chat_completions import chat_completions
from forge_engine.serve.generate import score
from forge_engine.serve.host import Host
from forge_engine.serve.messages import read_messages
from forge_engine.serve.prompt import prompt_tokens, text_tokens

_MOST_BODY_BYTES = 16 * 1024 * 1024


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: Host, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host, self.expected = host, f"Bearer {token}".encode()


def start_http(host: Host, token: str) -> int:
    """Listens on a free port of 127.0.0.1 and answers each connection in a thread of its own. Returns the port."""
    server = _Server(host, token)
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return int(server.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    """One connection. It is also the `Connection` that a streamed answer is written to."""

    server: _Server
    protocol_version = "HTTP/1.1"
    # longer than the gateway keeps its connections; also how long a client may leave an answer unread
    timeout = 120

    def setup(self) -> None:
        """Small events must leave at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def log_message(self, *_: object) -> None:
        """No line per request."""

    def do_GET(self) -> None:
        """Reads."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Generates and scores."""
        self._answer("POST")

    def _answer(self, method: str) -> None:
        self._streaming = False
        try:
            self._authorize()
            reply = self._route(f"{method} {self.path.split('?')[0]}", self._body() if method == "POST" else None)
            if reply is not None:
                self._json(200, reply)
        except (ClientGone, ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, ApiError):
            traceback.print_exception(error, file=sys.stderr)
            error = ApiError(500, "engine_internal_error", f"{type(error).__name__}: {error}")
        try:
            if not self._streaming:
                self._json(error.status, error.body())
                return
            # half an answer must not look whole
            self.send(b"data: " + json.dumps(error.body()).encode() + b"\n\n")
            self.end_stream()
        except (ClientGone, ConnectionError, TimeoutError):
            self.close_connection = True

    def _authorize(self) -> None:
        given = self.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self.server.expected):
            self.close_connection = True  # its body stays unread
            raise ApiError(401, "unauthorized", "The bearer token is missing or wrong.")

    def _body(self) -> Any:
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > _MOST_BODY_BYTES:
            self.close_connection = True
            raise ApiError(
                413, "request_too_large", f"The body must tell its length, at most {_MOST_BODY_BYTES} bytes."
            )
        try:
            return json.loads(self.rfile.read(int(length)))
        except ValueError as error:
            raise invalid(None, f"The body is not JSON: {error}") from error

    def _route(self, name: str, body: Any) -> dict[str, Any] | None:
        host = self.server.host
        match name:
            case "GET /health":
                return {"status": "ok"}
            case "GET /metrics-json":
                return _metrics(host)
            case "GET /v1/models":
                models = [
                    {"id": served.name, "object": "model", "created": served.created, "owned_by": "forge"}
                    for served in host.all()
                ]
                return {"object": "list", "data": models}
            case "POST /v1/chat/completions":
                return chat_completions(host, body, self)
            case "POST /v1/embeddings":
                message = "The Transformers serving engine gives no embeddings."
                hint = "Choose a base model that the CPU engine serves."
                raise ApiError(400, "unsupported_parameter", message, "model", hint)
            case "POST /tokenize":
                return {"tokens": _tokenize(host, body)}
            case "POST /v1/logprobs":
                prompt, continuation = (_token_ids(host, field, body) for field in ("prompt", "continuation"))
                served = host.get(body.get("model"))
                logprobs, top_tokens = score(host, served, prompt, continuation, self.is_gone)
                return {"logprobs": logprobs, "top_tokens": top_tokens}
        raise ApiError(404, "not_found", f"There is no {name}.")

    def _json(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def is_gone(self) -> bool:
        """Whether the client closed the connection."""
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def begin_stream(self) -> None:
        """Sends the headers."""
        self._streaming = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("cache-control", "no-cache")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def send(self, data: bytes) -> None:
        """Sends one chunk. Raises ClientGone."""
        try:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        except OSError as error:
            raise ClientGone from error

    def end_stream(self) -> None:
        """Sends the chunk that ends the answer."""
        self.wfile.write(b"0\r\n\r\n")


def _metrics(host: Host) -> dict[str, Any]:
    models = {
        served.name: {
            "running": served.places.running,
            "waiting": served.places.waiting,
            "prompt_tokens": served.prompt_tokens,
            "generated_tokens": served.generated_tokens,
        }
        for served in host.all()
    }
    keys = ("running", "waiting", "prompt_tokens", "generated_tokens")
    return {**{key: sum(model[key] for model in models.values()) for key in keys}, "models": models}


def _tokenize(host: Host, body: Any) -> list[int]:
    if not isinstance(body, dict):
        raise invalid(None, "The body must be a JSON object.")
    if isinstance(body.get("text"), str):
        return text_tokens(host, body["text"])
    return prompt_tokens(
        host, read_messages(body.get("messages")), body.get("add_generation_prompt", True) is not False
    )


def _token_ids(host: Host, field: str, body: Any) -> list[int]:
    value = body.get(field) if isinstance(body, dict) else None
    if isinstance(value, list) and value and all(type(item) is int and 0 <= item < host.vocabulary for item in value):
        return value
    raise invalid(field, f"{field} must be a list of token ids from 0 to {host.vocabulary - 1}.")
