"""What the page refuses, asked over the network as an attacker would."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from filmnet.web.request_parts import LONGEST_BODY
from page_serving import SECONDS, as_file

SECRET = "not for visitors"


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    """A file beside the visitors' folders."""
    path = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    path.write_text(SECRET)
    return path


@pytest.fixture
def raw(page):
    """Send a request as it is, without a client's tidying up of the path."""

    def send(method, path, headers=None, body=None):
        connection = http.client.HTTPConnection(urlsplit(page.url).netloc, timeout=SECONDS)
        connection.putrequest(method, path, skip_host=False)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    return send


ROUTES = [
    *("/gradio_api/file=", "/gradio_api/file/", "/file=", "/file/", "/gradio_api/proxy="),
    *("/assets/", "/static/", "/svelte/", "/gradio_api/custom_component/a/client/b/"),
    *("/gradio_api/stream/", "/gradio_api/call/photos/", "/gradio_api/heartbeat/", "/"),
]


WAYS = [
    *("{path}", "../../../../../../../..{path}", "%2e%2e/" * 8 + "{path}", "{encoded}"),
    *("....//" * 8 + "{path}", "..%2f" * 8 + "{path}", "..\\..\\..{path}", "%00{path}"),
]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("way", WAYS)
def test_no_route_reads_a_file_from_elsewhere(raw, secret, route, way):
    named = way.format(path=secret, encoded=quote(str(secret), safe=""))
    status, text = raw("GET", route + named)
    assert status in (400, 403, 404)
    assert SECRET.encode() not in text


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/x", "https://example.org/"]
)
def test_the_route_of_files_neither_reads_nor_fetches(raw, path):
    for named in (path, quote(path, safe="")):
        assert raw("GET", f"/gradio_api/file={named}")[0] == 403
        assert raw("HEAD", f"/gradio_api/file={named}")[0] == 403


def test_a_file_is_shown_to_its_visitor_alone(visitors, photos):
    one, two = visitors(), visitors()
    (path,) = one.own(photos()[0])
    assert one.file(path).content == photos()[0].read_bytes()
    for method in ("GET", "HEAD"):
        assert one.http.request(method, f"/gradio_api/file={path}").status_code == 200
        assert two.http.request(method, f"/gradio_api/file={path}").status_code == 403
    answer = two.file(path, headers={"range": "bytes=0-10"})
    assert (answer.status_code, b"PNG" in answer.content) == (403, False)


def test_a_part_of_a_file_can_be_asked_for(visitors, photos):
    visitor = visitors()
    (path,) = visitor.own(photos()[0])
    answer = visitor.file(path, headers={"range": "bytes=1-3"})
    assert (answer.status_code, answer.content) == (206, b"PNG")
    assert visitor.file(path, headers={"range": "bytes=99999999-"}).status_code == 416


def test_a_stranger_without_a_cookie_gets_no_file(page, visitors, photos):
    (path,) = visitors().own(photos()[0])
    for cookie in ("", "filmnet_visitor=x", "filmnet_visitor=a.b", f"filmnet_visitor={'x' * 9000}"):
        answer = httpx.get(f"{page.url}/gradio_api/file={path}", headers={"cookie": cookie})
        assert answer.status_code == 403


def test_a_link_in_a_visitors_folder_leads_nowhere(visitors, photos, secret):
    visitor = visitors()
    (path,) = visitor.own(photos()[0])
    link = Path(path).with_name("link.png")
    link.symlink_to(secret)
    assert visitor.file(str(link)).status_code == 403
    answer = visitor.call("photos", photos=[as_file(path), as_file(str(link))])
    assert answer.status_code == 403


FORBIDDEN = [
    *("/etc/passwd", "http://127.0.0.1:1/a.png", "file:///etc/passwd", "../../a.png"),
    *("{other}", "{secret}", "data:image/png;base64,AA"),
]


@pytest.mark.parametrize("name", ["photos", "video", "insight"])
@pytest.mark.parametrize("path", FORBIDDEN)
def test_no_payload_reads_or_fetches(visitors, photos, secret, name, path):
    other, visitor = visitors(), visitors()
    path = path.format(other=other.own(photos()[0])[0], secret=secret)
    values = {"video": as_file(path)} if name == "video" else {"photos": [as_file(path)] * 2}
    assert visitor.call(name, **values).status_code == 403
    plain = {"data": [[as_file(path)]], "session_hash": "plain"}
    assert visitor.http.post(f"/gradio_api/call/{name}", json=plain).status_code == 403
    joined = {"data": [[as_file(path)]], "fn_index": 0, "session_hash": "joined"}
    assert visitor.http.post("/gradio_api/queue/join", json=joined).status_code == 403


def test_an_address_beside_an_own_file_is_not_followed(visitors, photos):
    """Gradio would fetch what a file's `url` names."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/a.png"
        visitor = visitors()
        files = [as_file(path) | {"url": address} for path in visitor.own(*photos())]
        event = visitor.call("photos", photos=files, seconds=0.2).json()["event_id"]
        assert visitor.result("photos", event)[-1][0] == "complete"
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"data": ' + b"[" * 100_000, b"\xff\xfe", b'"x"']
)
def test_a_body_that_is_no_request_is_refused(visitors, body):
    visitor = visitors()
    for path in ("/gradio_api/call/photos", "/gradio_api/queue/join", "/gradio_api/cancel"):
        answer = visitor.http.post(path, content=body)
        assert answer.status_code == 400, answer.text
        assert "Traceback" not in answer.text


def test_a_body_without_end_is_refused(visitors):
    answer = visitors().http.post("/gradio_api/call/photos", content=b"x" * (LONGEST_BODY + 1))
    assert answer.status_code == 413


def test_nobody_listens_to_another(page, visitors, photos):
    one, two = visitors(), visitors()
    files = [as_file(path) for path in one.own(*photos())]
    page.network.gate.clear()
    try:
        joined = {"data": [], "fn_index": 0, "session_hash": "sessionofone"}
        one.http.post("/gradio_api/queue/join", json=joined)
        event = one.call("photos", photos=files).json()["event_id"]
        for path in (
            "/gradio_api/queue/data?session_hash=sessionofone",
            "/gradio_api/heartbeat/sessionofone",
            f"/gradio_api/call/photos/{event}",
            f"/gradio_api/queue/data?session_hash={event}",
            "/gradio_api/call/photos/unknown",
            "/gradio_api/queue/data",
        ):
            assert two.http.get(path).status_code == 403, path
        stop = {"session_hash": "sessionofone", "fn_index": 0, "event_id": event}
        assert two.http.post("/gradio_api/cancel", json=stop).status_code == 403
        assert two.http.post("/gradio_api/queue/join", json=joined).status_code == 403
    finally:
        page.network.gate.set()
    assert one.result("photos", event)[-1][0] == "complete"


def test_another_sites_page_cannot_ask(visitors):
    answer = visitors().http.post(
        "/gradio_api/call/photos", json={"data": []}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_a_websocket_is_closed_whatever_carries_it(page):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/gradio_api/queue/join", "headers": []}
    asyncio.run(page.site.app(scope, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_an_upgrade_to_a_websocket_is_no_address(raw):
    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert raw("GET", "/gradio_api/queue/join", upgrade)[0] == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_closed(raw, method):
    for path in ("/", "/gradio_api/upload", "/gradio_api/file=/etc/passwd"):
        assert raw(method, path)[0] == 404


def test_the_page_allows_no_other_host(visitors):
    answer = visitors().http.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http:" not in policy
    assert "https:" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_nothing_in_the_page_tells_anybody(visitors):
    config = visitors().http.get("/config").json()
    assert config["analytics_enabled"] is False
    theme = visitors().http.get("/theme.css").text
    assert "http" not in theme.replace("http://www.w3.org/2000/svg", "")


def test_a_file_opened_by_itself_runs_nothing(visitors, photos):
    visitor = visitors()
    (path,) = visitor.own(photos()[0])
    answer = visitor.file(path)
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-store"


def test_the_cookie_is_for_the_browser_alone(page):
    cookie = httpx.get(f"{page.url}/config").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_two_pages_on_one_computer_have_cookies_of_their_own(page, serve, tmp_path, photos):
    """Browsers send the cookies of a host to all its ports."""
    other = serve(port=unused_port(), folder=tmp_path)
    with httpx.Client(timeout=SECONDS) as browser:
        file = {"files": photos(1)[0].read_bytes()}
        (path,) = browser.post(f"{page.url}/gradio_api/upload", files=file).json()
        browser.post(f"{other.url}/gradio_api/upload", files=file)
        assert browser.get(f"{page.url}/gradio_api/file={path}").status_code == 200


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_the_switch_of_language_is_remembered(visitors):
    visitor = visitors()
    answer = visitor.http.get("/?lang=zh")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert visitor.http.get("/nothing").text == "没有这个页面。"
    visitor.http.get("/?lang=en")
    assert visitor.http.get("/nothing").text == "There is no such page."
    assert visitor.http.get("/?lang=xx").status_code == 200


def test_a_refusal_is_a_sentence_in_the_visitors_language(visitors):
    visitor = visitors()
    answer = visitor.http.get(
        "/gradio_api/file=/etc/passwd", headers={"accept-language": "zh-CN,zh;q=0.9"}
    )
    assert answer.text == "这个文件已不存在，或不属于您；请重新上传。"
    assert json.dumps(answer.text)
