"""From clips and photos to weights: recipe, windows, scenes, data, losses, schedule, loop.

Training material is a folder with `clips/` (videos, or folders of frames) and `photos/`. It is
read once into a pack: `windows` cut short crops of consecutive frames from the clips, and `scenes`
later turns the photos into layered moving scenes whose motion is known exactly.
"""
