"""The page: drop two photos, get a video; and the same jobs as an HTTP API.

request ─ Guard ─┬─ uploads, files (ours; each visitor's own)
                 └─ Gradio ─ tabs, API ─▶ JobQueue ─▶ photos_to_video, video_to_video, insight
                                             └ Workspace: private folders

Everything here needs the extra `web`; `filmnet.web.server.serve` is the entry.
"""
