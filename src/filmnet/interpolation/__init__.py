"""Two frames become many: loading, device, padding, engine, instants, interpolator."""

from filmnet.interpolation.agreement import Confidence
from filmnet.interpolation.device import choose_device, choose_precision
from filmnet.interpolation.interpolator import Interpolator
from filmnet.interpolation.loading import load

__all__ = ["Confidence", "Interpolator", "choose_device", "choose_precision", "load"]
