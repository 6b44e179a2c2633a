"""The part of a tab that shows a result: play, look at single frames, compare, download."""

from __future__ import annotations

from typing import Any

import gradio as gr

from filmnet.errors import FilmnetError
from filmnet.web.context import asker_of
from filmnet.web.labels import label
from filmnet.web.results import MadeVideo, frame_picture, zip_of
from filmnet.web.texts import sentence

Updates = dict[Any, Any]


class ResultView:
    """Components for one result, hidden until there is one.

    Args:
        name: a prefix of the elements' ids.
        empty_key: the text that stands in the place of a result.
        compares: whether photos stand beside each frame.
    """

    def __init__(self, name: str, empty_key: str, *, compares: bool) -> None:
        self.result = gr.State(None)
        self.empty = gr.Markdown(label(empty_key), elem_classes="empty", elem_id=f"{name}-empty")
        self.video = gr.Video(
            label=label("result_video"),
            interactive=False,
            visible=False,
            loop=True,
            elem_id=f"{name}-video",
            buttons=[],
        )
        self.image = gr.Image(
            label=label("result_image"),
            interactive=False,
            visible=False,
            elem_id=f"{name}-image",
            buttons=[],
        )
        self.file = gr.File(
            label=label("result_file"), interactive=False, visible=False, elem_id=f"{name}-file"
        )
        with gr.Group(visible=False) as self.frames:
            self.frame = gr.Slider(
                minimum=1,
                maximum=2,
                step=1,
                value=1,
                label=label("frame"),
                info=label("frame_help"),
                interactive=True,
                elem_id=f"{name}-frame",
            )
            with gr.Row():
                self.look = _picture(f"{name}-look", "made_frame")
            with gr.Row():
                self.before = _picture(f"{name}-before", "photo_before", visible=compares)
                self.after = _picture(f"{name}-after", "photo_after", visible=compares)
            self.zip = gr.Button(label("make_zip"), elem_id=f"{name}-zip", size="sm")
            self.zip_file = gr.File(
                label=label("zip_file"),
                interactive=False,
                visible=False,
                elem_id=f"{name}-zip-file",
            )
        self.note = gr.HTML(visible=False)
        self._connect()

    @property
    def components(self) -> list[Any]:
        """All that `show` and `clear` change."""
        return [
            *(self.result, self.empty, self.video, self.image, self.file, self.frames, self.frame),
            *(self.before, self.look, self.after, self.zip_file),
        ]

    def clear(self) -> Updates:
        """Show nothing."""
        hidden = (self.video, self.image, self.file, self.zip_file)
        empty = (self.before, self.look, self.after)
        return {
            self.result: None,
            self.empty: gr.update(visible=True),
            self.frames: gr.update(visible=False),
            **{component: gr.update(visible=False, value=None) for component in hidden},
            **{component: gr.update(value=None) for component in empty},
        }

    def show(self, result: MadeVideo) -> Updates:
        """Show a result and its middle frame."""
        middle = result.frames // 2
        path = str(result.file)
        return {
            self.result: result,
            self.empty: gr.update(visible=False),
            self.video: gr.update(
                visible=result.shown == "video", value=path if result.shown == "video" else None
            ),
            self.image: gr.update(
                visible=result.shown == "image", value=path if result.shown == "image" else None
            ),
            self.file: gr.update(visible=True, value=path),
            self.zip_file: gr.update(visible=False, value=None),
            self.frames: gr.update(visible=True),
            self.frame: gr.update(minimum=1, maximum=result.frames, value=middle + 1),
            **self._look(result, middle),
        }

    def _look(self, result: MadeVideo, frame: int) -> Updates:
        around = result.neighbours(frame)
        before, after = (str(path) for path in around) if around else (None, None)
        return {
            self.look: str(frame_picture(result, frame)),
            self.before: before,
            self.after: after,
        }

    def _connect(self) -> None:
        def look(result: MadeVideo | None, number: float, request: gr.Request) -> Updates:
            if result is None:
                return {self.look: None}
            try:
                return self._look(result, round(number) - 1)
            except FilmnetError as error:
                raise gr.Error(sentence(asker_of(request).language, error)) from error

        def archive(result: MadeVideo | None) -> Updates:
            if result is None:
                return {self.zip_file: None}
            return {self.zip_file: gr.update(visible=True, value=str(zip_of(result)))}

        self.frame.change(
            look,
            [self.result, self.frame],
            [self.before, self.look, self.after],
            trigger_mode="always_last",
            show_progress="hidden",
            api_visibility="private",
        )
        self.zip.click(archive, [self.result], [self.zip_file], api_visibility="private")


def _picture(elem_id: str, key: str, *, visible: bool = True) -> gr.Image:
    return gr.Image(
        label=label(key),
        interactive=False,
        visible=visible,
        elem_id=elem_id,
        buttons=["fullscreen"],
        min_width=120,
    )
