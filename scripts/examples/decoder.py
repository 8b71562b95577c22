"""Rebuilds the decoders of a run in PyTorch and decodes what `mhvae-dist generate --output FILE.h5` decoded.

    mhvae-dist generate --run runs/first --given label=8 --count 16 --output bags.h5
    python scripts/examples/decoder.py runs/first bags.h5

needs torch, h5py, safetensors and pyyaml, and prints how far the two are apart. As a module:

    run = Run("runs/first")
    mean, logvar = run.prior("image", torch.randn(16, 10))    # of the image's latent, given the core latent
    pictures = run.decode("image", mean)                      # [16, 1, 28, 28]
"""
import sys
from pathlib import Path

import h5py
import torch
import yaml
from safetensors import safe_open
from torch.nn import functional as F

ACTIVATIONS = {"leaky_relu": F.leaky_relu, "relu": F.relu, "swish": F.silu, None: lambda x: x}
MEANS = {
    "bernoulli": torch.sigmoid, "categorical": lambda x: x.softmax(-1), "gaussian": lambda x: x,
    "laplace": lambda x: x,
}
RATES = {"softplus": F.softplus, "exp": torch.exp}


class Run:
    """A run's directory, one of its checkpoints, or a file that `mhvae-dist export` wrote."""

    def __init__(self, path):
        path = Path(path)
        file = path / "checkpoints" / "last.safetensors" if path.is_dir() else path
        with safe_open(file, "pt") as tensors:
            self.tensors = {name: tensors.get_tensor(name) for name in tensors.keys()
                            if not name.startswith(("adam.", "exchange."))}
            # With training.ema_decay the averaged weights are the model.
            self.tensors |= {
                name.removeprefix("average."): value for name, value in self.tensors.items() if name.startswith("average.")
            }
            self.model = yaml.safe_load(tensors.metadata()["configuration"])["model"]
        self.modalities = {modality["name"]: modality for modality in self.model["modalities"]}

    def apply(self, name, layers, x):
        """The network `name`, a list of layers, for the rows x."""
        for place, layer in enumerate(layers):
            p = lambda part: self.tensors.get(f"{name}.{place}.{part}")
            window = dict(stride=layer.get("stride", 1), padding=layer.get("padding", 0))
            if "linear" in layer:
                x = F.linear(x.flatten(1), p("linear.weight"), p("linear.bias"))
            elif "conv" in layer:
                x = F.conv2d(x, p("conv.weight"), p("conv.bias"), **window)
            elif "deconv" in layer:
                x = F.conv_transpose2d(x, p("deconv.weight"), p("deconv.bias"), **window)
            else:
                x = x.unflatten(1, layer["reshape"])
            if "norm" in layer:
                x = F.batch_norm(x, p("norm.running_mean"), p("norm.running_var"), p("norm.weight"), p("norm.bias"))
            x = ACTIVATIONS[layer.get("activation")](x)
        return x

    def decode(self, modality, latent):
        """The means of a modality's distribution, [rows, ...], for its latents [rows, width]."""
        about = self.modalities[modality]
        output = self.apply(f"modality.{modality}.decoder", about["decoder"], latent)
        mean = MEANS.get(about["likelihood"]) or RATES[about["rate"]]
        return mean(output.unflatten(1, about["shape"]) if output.dim() == 2 else output)

    def prior(self, modality, core):
        """Mean and log-variance of a modality's latent given core latents [rows, width] (MHVAE)."""
        hidden = self.apply(f"core.generator.{modality}", self.model["core"]["generator"], core).flatten(1)
        p = lambda part: self.tensors[f"core.prior.{modality}.{part}"]
        return [F.linear(hidden, p(f"{head}.weight"), p(f"{head}.bias")) for head in ("mean", "logvar")]


def main(path, draws):
    run = Run(path)
    with h5py.File(draws) as file:
        latents = {name: torch.from_numpy(rows[:]) for name, rows in file["latents"].items()}
        drawn = {name: torch.from_numpy(rows[:]) for name, rows in file["values"].items()}
    for modality, values in drawn.items():
        decoded = run.decode(modality, latents.get(modality, latents.get("latent")))
        difference = (decoded - values).abs().max().item()
        print(f"{modality}: {len(values)} draws of shape {list(values.shape[1:])}, largest difference {difference:.1e}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
