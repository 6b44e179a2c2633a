from __future__ import annotations

import json

from page_serving import as_file


def test_photos_become_a_video_by_plain_http(visitors, photos):
    visitor = visitors()
    paths = [as_file(path) for path in visitor.own(*photos())]
    event = visitor.call("photos", photos=paths, seconds=0.5, fps=20).json()["event_id"]
    kind, data = visitor.result("photos", event)[-1]
    assert kind == "complete"
    (video,), status = json.loads(data)
    assert status["state"] == "done"
    assert status["frames_done"] == 10
    answer = visitor.file(video["path"])
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content[4:8] == b"ftyp"
