"""Times training steps of a preset's MHVAE in PyTorch, as `mhvae-dist benchmark` times its own: forward, backward,
all-reduce and a fused Adam, on random rows. Prints images a second over all processes, of the median step.

    python torch_mhvae.py Sources/Configuration/Presets/mnist.yaml --threads 2 [--compile] [--bf16]
    torchrun --nproc-per-node 2 torch_mhvae.py PRESET.yaml --threads 1      DistributedDataParallel over gloo

needs torch and pyyaml.
"""
import argparse
import os
import statistics
import time

import torch
import torch.distributed as dist
import torch.nn.functional as F
import yaml
from torch import nn

ACTIVATIONS = {"leaky_relu": nn.LeakyReLU, "relu": nn.ReLU, "swish": nn.SiLU}


def network(layers, shape):
    """A list of layers for rows of a shape, and the shape that comes out."""
    modules = []
    for layer in layers:
        bias = layer.get("bias", "linear" in layer)
        if "linear" in layer:
            if len(shape) > 1:
                modules.append(nn.Flatten())
            width = shape[0] * shape[1] * shape[2] if len(shape) > 1 else shape[0]
            modules.append(nn.Linear(width, layer["linear"], bias=bias))
            shape = [layer["linear"]]
        elif "reshape" in layer:
            shape = layer["reshape"]
            modules.append(nn.Unflatten(1, shape))
        else:
            kind, channels = ("conv", layer.get("conv")) if "conv" in layer else ("deconv", layer["deconv"])
            kernel, stride, padding = layer["kernel"], layer.get("stride", 1), layer.get("padding", 0)
            convolution = nn.Conv2d if kind == "conv" else nn.ConvTranspose2d
            modules.append(convolution(shape[0], channels, kernel, stride, padding, bias=bias))
            across = lambda n: (
                (n + 2 * padding - kernel) // stride + 1 if kind == "conv" else (n - 1) * stride - 2 * padding + kernel)
            shape = [channels, across(shape[1]), across(shape[2])]
        if "norm" in layer:
            modules.append((nn.BatchNorm1d if len(shape) == 1 else nn.BatchNorm2d)(shape[0]))
        if "activation" in layer:
            modules.append(ACTIVATIONS[layer["activation"]]())
    return nn.Sequential(*modules), shape


class Gaussian(nn.Module):
    def __init__(self, inputs, latent):
        super().__init__()
        self.mean, self.logvar = nn.Linear(inputs, latent), nn.Linear(inputs, latent)

    def forward(self, x):
        return self.mean(x).float(), self.logvar(x).float()


def draw(mean, logvar):
    return mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)


class MHVAE(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.modalities, core = model["modalities"], model["core"]
        encoders = [network(m["encoder"], m["shape"]) for m in self.modalities]
        widths = [shape[0] for _, shape in encoders]
        self.encoders = nn.ModuleList(encoder for encoder, _ in encoders)
        self.posteriors = nn.ModuleList(Gaussian(width, m["latent"]) for width, m in zip(widths, self.modalities))
        self.decoders = nn.ModuleList(network(m["decoder"], [m["latent"]])[0] for m in self.modalities)
        self.core_encoder, shape = network(core["encoder"], [sum(widths)])
        self.core_posterior = Gaussian(shape[0], core["latent"])
        generators = [network(core["generator"], [core["latent"]]) for _ in self.modalities]
        self.generators = nn.ModuleList(generator for generator, _ in generators)
        self.priors = nn.ModuleList(
            Gaussian(shape[0], m["latent"]) for (_, shape), m in zip(generators, self.modalities))

    def forward(self, *rows):
        hidden = [encoder(x) for encoder, x in zip(self.encoders, rows)]
        seen = (torch.rand(len(rows[0]), len(rows)) < 0.5).float()
        # A row sees one modality at least.
        seen = torch.where(
            seen.sum(1, keepdim=True) == 0, F.one_hot(torch.randint(len(rows), (len(seen),)), len(rows)).float(), seen)
        masked = torch.cat([h * seen[:, i:i + 1] for i, h in enumerate(hidden)], 1)
        core_mean, core_logvar = self.core_posterior(self.core_encoder(masked))
        core = draw(core_mean, core_logvar)
        loss = -0.5 * (1 + core_logvar - core_mean ** 2 - core_logvar.exp()).sum()
        for i, (modality, x) in enumerate(zip(self.modalities, rows)):
            mean, logvar = self.posteriors[i](hidden[i])
            prior_mean, prior_logvar = self.priors[i](self.generators[i](core))
            loss = loss + 0.5 * (
                prior_logvar - logvar + ((mean - prior_mean) ** 2 + logvar.exp()) / prior_logvar.exp() - 1).sum()
            output = self.decoders[i](draw(mean, logvar)).float()
            if modality["likelihood"] == "bernoulli":
                loss = loss + F.binary_cross_entropy_with_logits(output.flatten(1), x.flatten(1), reduction="sum")
            else:
                loss = loss - (x * F.log_softmax(output, 1)).sum()
        return loss / len(rows[0])


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configuration")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--warm-up-steps", type=int, default=20)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--bf16", action="store_true")
    return parser.parse_args()


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    world, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    torch.manual_seed(rank)
    if world > 1:
        dist.init_process_group("gloo")
    with open(options.configuration) as file:
        configuration = yaml.safe_load(file)
    batch_size = options.batch_size or configuration["training"]["batch_size"]
    module = MHVAE(configuration["model"])
    run = nn.parallel.DistributedDataParallel(module) if world > 1 else module
    run = torch.compile(run) if options.compile else run
    optimizer = torch.optim.Adam(module.parameters(), lr=configuration["training"]["learning_rate"], fused=True)

    local, pool = batch_size // world, 16
    def random_rows(modality):
        if modality["likelihood"] == "categorical":
            return F.one_hot(torch.randint(modality["shape"][0], (pool * local,)), modality["shape"][0]).float()
        return torch.rand(pool * local, *modality["shape"])
    rows = [random_rows(modality) for modality in module.modalities]

    seconds = []
    for step in range(options.warm_up_steps + options.steps):
        start, first = time.perf_counter(), step % pool * local
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            loss = run(*(x[first:first + local] for x in rows))
        loss.backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    if rank == 0:
        print(batch_size / statistics.median(seconds[options.warm_up_steps:]), flush=True)
    if world > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
