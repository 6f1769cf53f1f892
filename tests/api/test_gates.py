"""Keys, and the guard of a server that has none."""

from __future__ import annotations

import pytest

from tests.api.asgi import app_of, client_of

KEYS = ("first-key", "sécond-key")


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer first-key"},
        {"authorization": "bearer first-key"},
        {"x-api-key": "first-key"},
        {"x-api-key": "wrong", "authorization": "Bearer first-key"},
        {"x-api-key": "first-key", "authorization": "Bearer wrong"},
    ],
)
async def test_a_known_key(headers: dict[str, str]) -> None:
    async with client_of(app_of(api_keys=KEYS)) as client:
        assert (await client.get("/v1/models", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "first-key"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Basic first-key"},
        {"authorization": "Bearer first-ke"},
        {"authorization": "Bearer first-key,second"},
        {"x-api-key": ""},
        {"x-api-key": "first-keyy"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/models", "/", "/nothing", "/healthy", "/v1/models/health"])
async def test_no_known_key(headers: dict[str, str], path: str) -> None:
    async with client_of(app_of(api_keys=KEYS)) as client:
        response = await client.get(path, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["error"]["code"] == "invalid_api_key"
    assert "first" not in response.text


async def test_a_key_with_other_letters() -> None:
    async with client_of(app_of(api_keys=KEYS)) as client:
        response = await client.get("/v1/models", headers=[(b"x-api-key", KEYS[1].encode())])
    assert response.status_code == 200


async def test_health_needs_no_key() -> None:
    async with client_of(app_of(api_keys=KEYS)) as client:
        assert (await client.get("/health")).status_code == 200


async def test_no_keys_no_question() -> None:
    async with client_of(app_of()) as client:
        response = await client.get("/v1/models", headers={"authorization": "Bearer anything"})
    assert response.status_code == 200


# --- pages of other sites ---

PAGE = {"origin": "https://a.example", "access-control-request-method": "POST"}


async def test_no_cors_unless_asked_for() -> None:
    async with client_of(app_of()) as client:
        response = await client.get("/v1/models", headers={"origin": "http://localhost:3000"})
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("keys", [(), KEYS])
async def test_cors_for_the_origins_that_were_named(keys: tuple[str, ...]) -> None:
    app = app_of(cors_origins=("https://a.example",), api_keys=keys)
    key = {"x-api-key": "first-key"}
    async with client_of(app) as client:
        preflight = await client.options("/v1/chat/completions", headers=PAGE)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://a.example"
        response = await client.get("/v1/models", headers={"origin": "https://a.example", **key})
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "https://a.example"
        other = await client.get("/v1/models", headers={"origin": "https://b.example", **key})
        assert "access-control-allow-origin" not in other.headers


async def test_a_page_can_read_why_it_was_refused() -> None:
    async with client_of(app_of(cors_origins=("https://a.example",), api_keys=KEYS)) as client:
        response = await client.get("/v1/models", headers={"origin": "https://a.example"})
    assert response.status_code == 401
    assert response.headers["access-control-allow-origin"] == "https://a.example"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:11434", 200),
        ("127.0.0.1:11434", 200),
        ("[::1]:11434", 200),
        ("192.168.1.5", 200),
        ("host.docker.internal:11434", 200),
        ("mine.local", 200),
        ("", 200),
        ("a.example", 403),
        ("localhost.a.example:11434", 403),
        ("127.0.0.1.a.example", 403),
        ("[::1", 403),
    ],
)
async def test_names_under_which_a_server_without_keys_is_reached(host: str, status: int) -> None:
    async with client_of(app_of()) as client:
        response = await client.get("/v1/models", headers={"host": host})
    assert response.status_code == status
    if status == 403:
        assert response.json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("http://127.0.0.1:8000", 200),
        ("vscode-webview://abc", 200),
        ("app://obsidian.md", 200),
        ("chrome-extension://abc", 200),
        ("https://a.example", 403),
        ("null", 403),
    ],
)
async def test_pages_that_may_use_a_server_without_keys(origin: str, status: int) -> None:
    async with client_of(app_of()) as client:
        assert (await client.get("/v1/models", headers={"origin": origin})).status_code == status


@pytest.mark.parametrize("settings", [{"api_keys": KEYS}, {"host": "0.0.0.0"}], ids=["keys", "not loopback"])
async def test_the_guard_is_for_local_servers_without_keys_only(settings: dict[str, object]) -> None:
    headers = {"host": "a.example", "origin": "https://a.example", "x-api-key": "first-key"}
    async with client_of(app_of(**settings)) as client:
        assert (await client.get("/v1/models", headers=headers)).status_code == 200


async def test_all_origins() -> None:
    async with client_of(app_of(cors_origins=("*",))) as client:
        response = await client.get("/v1/models", headers={"origin": "https://a.example"})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
