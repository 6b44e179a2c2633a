"""Makes `saved_model/`: a SavedModel as the published ones are, by Keras 2, only smaller.

Run with TensorFlow 2.15 (`python make_saved_model.py`); the tests read what it wrote, and need
no TensorFlow. `saved_model.pb`, which holds the graph, is left out: no weights are in it.
"""

import shutil
from pathlib import Path

import numpy as np
import tensorflow as tf

FILTERS = 2
FLOW_FILTERS = (2, 4, 6, 8)
HERE = Path(__file__).parent


def shapes() -> dict[str, tuple[int, int, int]]:
    """Layer path → kernel size, input and output channels, in the order of creation."""
    stage = [FILTERS << i for i in range(4)]
    feature = [sum(stage[: i + 1]) for i in range(4)] + [sum(stage)]
    aligned = [2 * (3 + channels) + 4 for channels in feature]
    fused = [FILTERS << min(i, 3) for i in range(4)] + [aligned[4]]
    layers = {}
    for i in range(8):
        before = 3 if i == 0 else stage[(i - 1) // 2]
        layers[f"feat_net/sub_extractor/cfeat_conv_{i}"] = (3, before, stage[i // 2])
    for i, width in enumerate(FLOW_FILTERS):
        name = f"predict_flow/flow_predictor_{'shared' if i == 3 else i}"
        for k, inputs in enumerate((2 * feature[i], width, width)):
            layers[f"{name}/conv_{k}"] = (3, inputs, width)
        layers[f"{name}/conv_3"] = (1, width, width // 2)
        layers[f"{name}/conv_4"] = (1, width // 2, 2)
    kernels = []
    for i in range(4):
        kernels += [(2, fused[i + 1], fused[i]), (3, aligned[i] + fused[i], fused[i])]
        kernels += [(3, fused[i], fused[i])]
    kernels += [(1, fused[0], 3)]
    for i, kernel in enumerate(kernels):
        layers["fusion/conv2d" + (f"_{i}" if i else "")] = kernel
    return layers


class Group(tf.keras.layers.Layer):
    """Layers in layers, so that variables get their names from the path."""

    def __init__(self, tree, **options):
        super().__init__(**options)
        self.parts = []
        for name, part in tree.items():
            if isinstance(part, dict):
                self.parts.append((Group(part, name=name), 3))
            else:
                size, channels_in, channels_out = part
                conv = tf.keras.layers.Conv2D(channels_out, size, padding="same", name=name)
                self.parts.append((conv, channels_in))

    def call(self, image):
        inputs = (tf.tile(image[..., :1], [1, 1, 1, channels]) for _, channels in self.parts)
        means = [tf.reduce_mean(part(x)) for (part, _), x in zip(self.parts, inputs, strict=True)]
        return tf.add_n(means)


def main() -> None:
    """Build, fill with seeded numbers, save."""
    tree: dict = {}
    for path, kernel in shapes().items():
        *folders, name = path.split("/")
        branch = tree
        for folder in folders:
            branch = branch.setdefault(folder, {})
        branch[name] = kernel
    image = tf.keras.Input((None, None, 3), name="x0")
    parts = [Group(branch, name=name)(image) for name, branch in tree.items()]
    model = tf.keras.Model({"x0": image}, {"image": image + tf.add_n(parts)})
    rng = np.random.default_rng(7)
    for variable in model.variables:
        variable.assign(rng.standard_normal(variable.shape).astype(np.float32))
    shutil.rmtree(HERE / "saved_model", ignore_errors=True)
    model.save(HERE / "saved_model")
    for path in (HERE / "saved_model").iterdir():
        if path.name != "variables":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    names = [variable.name.removesuffix(":0") for variable in model.variables]
    (HERE / "saved_model" / "order.txt").write_text("\n".join(names) + "\n")


if __name__ == "__main__":
    main()
