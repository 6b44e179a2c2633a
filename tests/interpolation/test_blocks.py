import torch

from filmnet.interpolation.blocks import TorchBlocks
from filmnet.model import Film, FilmConfig
from filmnet.model.pyramid import image_pyramid

TINY = FilmConfig(filters=4, flow_filters=(4, 4, 4, 8), output="blend")


def test_torch_blocks_are_the_networks_own_parts() -> None:
    torch.manual_seed(0)
    model = Film(TINY)
    blocks = TorchBlocks(model)
    image0, image1 = torch.rand(2, 1, 3, 64, 96)
    with torch.inference_mode():
        frame0, frame1 = model.extract(image0), model.extract(image1)
        flow_01, _ = model.estimate_flow(frame0, frame1)
        images = image_pyramid(image0, TINY.pyramid_levels)
        columns = [blocks.column(image, TINY.pyramid_levels - i) for i, image in enumerate(images)]
        assert torch.equal(columns[0][0], frame0.features[0])
        assert torch.equal(torch.cat((columns[1][0], columns[0][1]), 1), frame0.features[1])
        coarsest = blocks.residual_flow(6, frame0.features[6], frame1.features[6])
        torch.testing.assert_close(coarsest, flow_01[6])
        assert len(columns[5]) == 2
