#!/usr/bin/env python3
"""Fixtures of MHVAE's further bounds in double precision, from JAX's automatic differentiation.

Usage: scripts/reference/bounds.py FIXTURES OUTPUT     (needs jax, numpy, h5py)

Takes configurations, parameters, data and noise from fixtures of the ELBO with the encoders' posterior, which it first
computes itself and compares, and writes what top-down posteriors and importance-weighted bounds must give for them.
"""
import json
import sys

import h5py
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
fixed = jax.lax.stop_gradient
ACTIVATIONS = {
    None: lambda x: x,
    "leaky_relu": lambda x: jnp.where(x > 0, x, 0.01 * x),
    "relu": lambda x: jnp.maximum(x, 0),
    "swish": lambda x: x * jax.nn.sigmoid(x),
}


class Net:
    """Runs networks of linear layers; in training it collects new running statistics."""

    def __init__(self, parameters, buffers, training):
        self.p, self.b, self.training, self.updated = parameters, buffers, training, dict(buffers)

    def run(self, layers, prefix, x):
        x = x.reshape(x.shape[0], -1)
        for k, layer in enumerate(layers):
            name = f"{prefix}.{k}"
            x = x @ self.p[f"{name}.linear.weight"].T + self.p[f"{name}.linear.bias"]
            if layer.get("norm") == "batch":
                x = self.norm(f"{name}.norm", x)
            x = ACTIVATIONS[layer.get("activation")](x)
        return x

    def norm(self, name, x):
        mean, variance = self.b[f"{name}.running_mean"], self.b[f"{name}.running_var"]
        if self.training and len(x) >= 2:
            old = (mean, variance)
            mean, variance = x.mean(0), x.var(0)
            self.updated[f"{name}.running_mean"] = 0.9 * old[0] + 0.1 * mean
            self.updated[f"{name}.running_var"] = 0.9 * old[1] + 0.1 * variance * len(x) / (len(x) - 1)
        x = (x - mean) / jnp.sqrt(variance + 1e-5)
        return x * self.p[f"{name}.weight"] + self.p[f"{name}.bias"]

    def gaussian(self, prefix, h):
        return tuple(
            h @ self.p[f"{prefix}.{head}.weight"].T + self.p[f"{prefix}.{head}.bias"] for head in ("mean", "logvar"))

    def log_likelihood(self, modality, output, x):
        x = x.reshape(x.shape[0], -1)
        if modality["likelihood"] == "bernoulli":
            return (x * output - jax.nn.softplus(output)).sum(-1)
        if modality["likelihood"] == "categorical":
            return (x * jax.nn.log_softmax(output)).sum(-1)
        logvar = self.p.get(f"modality.{modality['name']}.likelihood.logvar", jnp.zeros(1))
        return -0.5 * ((x - output) ** 2 * jnp.exp(-logvar) + logvar + np.log(2 * np.pi)).sum(-1)


def log_density(z, gaussian):
    mean, logvar = gaussian
    return -0.5 * ((z - mean) ** 2 * jnp.exp(-logvar) + logvar + np.log(2 * np.pi)).sum(-1)


def draw(gaussian, noise):
    return gaussian[0] + jnp.exp(0.5 * gaussian[1]) * noise


def product(a, b):
    precision = jnp.exp(-a[1]) + jnp.exp(-b[1])
    mean = (jnp.exp(-a[1]) * a[0] + jnp.exp(-b[1]) * b[0]) / precision
    return mean, -jnp.log(precision)


def divergence(q, p):
    return 0.5 * (p[1] - q[1] + jnp.exp(q[1] - p[1]) + (q[0] - p[0]) ** 2 * jnp.exp(-p[1]) - 1).sum(-1)


def scale_gradient(values, factor):
    """The values as they are, with the gradient multiplied."""
    return tuple(v * factor + fixed(v - v * factor) for v in values)


class Model:
    def __init__(self, file, posterior, draws):
        self.config = json.loads(file.attrs["config"])
        self.config["posterior"] = posterior
        self.weights = json.loads(file.attrs["weights"])
        self.modalities, self.draws, self.top_down = self.config["modalities"], draws, posterior == "top_down"
        names = [m["name"] for m in self.modalities]
        self.x = {n: np.nan_to_num(file[f"inputs/{n}"][()]) for n in names}
        self.rows = len(self.x[names[0]])
        self.present = file["present"][()] if "present" in file else np.ones((self.rows, len(names)))
        self.keep = file["keep"][()]
        self.standard = (jnp.zeros(self.config["core"]["latent"]), jnp.zeros(self.config["core"]["latent"]))
        self.noise = {n: self.noise_of(n, file[f"noise/{n}"][()], draws) for n in ["core"] + names}

    @staticmethod
    def noise_of(name, first, draws):
        """The file's noise is that of the first draw; the others' follows from the name."""
        first = np.nan_to_num(first)
        more = np.random.default_rng(list(name.encode())).standard_normal((len(first), draws, first.shape[1]))
        more[:, 0] = first
        return more

    def own(self, i):
        return np.flatnonzero(self.present[:, i])

    def encode(self, net, keep):
        hidden, experts = [], []
        for i, m in enumerate(self.modalities):
            h = net.run(m["encoder"], f"modality.{m['name']}.encoder", self.x[m["name"]][self.own(i)])
            experts.append(net.gaussian(f"modality.{m['name']}.posterior", h))
            hidden.append(jnp.zeros((self.rows, h.shape[1])).at[self.own(i)].set(h) * keep[:, i : i + 1])
        core = net.run(self.config["core"]["encoder"], "core.encoder", jnp.concatenate(hidden, 1))
        return experts, net.gaussian("core.posterior", core)

    def prior(self, net, m, z):
        h = net.run(self.config["core"]["generator"], f"core.generator.{m['name']}", z)
        return net.gaussian(f"core.prior.{m['name']}", h)

    def decoded(self, net, i, z, x):
        m = self.modalities[i]
        return net.log_likelihood(m, net.run(m["decoder"], f"modality.{m['name']}.decoder", z), x)

    def elbo(self, p, b):
        """Loss, terms and new running statistics of one draw a row."""
        net, terms = Net(p, b, True), {}
        experts, core = self.encode(net, self.keep * self.present)
        z_core = draw(core, self.noise["core"][:, 0])
        loss = self.weights["beta_c"] * divergence(core, self.standard).sum()
        terms["kl/core"] = divergence(core, self.standard).sum() / self.rows
        for i, m in enumerate(self.modalities):
            name, own = m["name"], self.own(i)
            prior = self.prior(net, m, z_core[own])
            q = product(experts[i], prior) if self.top_down else experts[i]
            z = draw(q, self.noise[name][own, 0])
            score, kl = self.decoded(net, i, z, self.x[name][own]).sum(), divergence(q, prior).sum()
            terms[f"log_likelihood/{name}"], terms[f"kl/{name}"] = score / self.rows, kl / self.rows
            loss += self.weights["beta_m"] * kl - self.weights["lam"][name] * score
        terms["loss"] = loss / self.rows
        return terms["loss"], (terms, net.updated)

    def log_weights(self, p, b, shares=None):
        """Log weights `[rows, draws]`, the terms in them and new running statistics. With `shares`, gradients that flow
        into encoders are those of the doubly reparametrised estimator once log weights are multiplied by the shares."""
        net, k = Net(p, b, True), self.draws
        beta_m, beta_c = self.weights["beta_m"], self.weights["beta_c"]
        experts, core = self.encode(net, self.keep * self.present)

        def repeat(gaussian):
            return tuple(jnp.repeat(part, k, axis=0) for part in gaussian)

        def hook(gaussian, beta, rows):
            if shares is None:
                return gaussian
            return scale_gradient(gaussian, (1 - beta + beta * shares[rows]).reshape(-1, 1))

        held = (lambda gaussian: gaussian) if shares is None else (lambda gaussian: tuple(map(fixed, gaussian)))
        everything = np.arange(self.rows)
        core = repeat(core)
        z_core = draw(hook(core, beta_c, everything), self.noise["core"].reshape(self.rows * k, -1))
        ratio = log_density(z_core, self.standard) - log_density(z_core, held(core))
        terms = {"kl/core": -ratio.reshape(self.rows, k)}
        log_w = beta_c * ratio.reshape(self.rows, k)
        for i, m in enumerate(self.modalities):
            name, own = m["name"], self.own(i)
            prior = self.prior(net, m, z_core.reshape(self.rows, k, -1)[own].reshape(len(own) * k, -1))
            expert = repeat(experts[i])
            moved, within = hook(expert, beta_m, own), held(expert)
            if self.top_down:
                moved, within = product(moved, prior), product(within, prior)
            z = draw(moved, self.noise[name][own].reshape(len(own) * k, -1))
            score = self.decoded(net, i, z, jnp.repeat(self.x[name][own], k, axis=0)).reshape(-1, k)
            ratio = (log_density(z, prior) - log_density(z, within)).reshape(-1, k)
            terms[f"log_likelihood/{name}"], terms[f"kl/{name}"] = score, -ratio
            log_w = log_w.at[own].add(self.weights["lam"][name] * score + beta_m * ratio)
        return log_w, (terms, net.updated)

    def iwae(self, p, b):
        log_w, (terms, updated) = self.log_weights(p, b)
        bound = jax.nn.logsumexp(log_w, axis=1) - np.log(self.draws)
        means = {name: term.mean(1).sum() / self.rows for name, term in terms.items()}
        means["loss"] = -bound.mean()
        return means["loss"], (means, updated)

    def surrogate(self, p, b, shares):
        return -(shares * self.log_weights(p, b, shares)[0]).sum() / self.rows

    def objective(self, p, b):
        """Terms, gradients, new running statistics."""
        if self.draws == 1:
            (_, (terms, updated)), gradients = jax.value_and_grad(self.elbo, has_aux=True)(p, b)
            return terms, gradients, updated
        _, (terms, updated) = self.iwae(p, b)
        shares = jax.nn.softmax(self.log_weights(p, b)[0], axis=1)
        return terms, jax.grad(self.surrogate)(p, b, shares), updated

    def scores(self, p, b, given, targets, noise):
        """Log weights of section 4, `[rows, draws]`, in evaluation mode."""
        net, names = Net(p, b, False), [m["name"] for m in self.modalities]
        keep = self.present * np.array([n in given for n in names])
        experts, core = self.encode(net, keep)
        known = keep.any(1)
        result = []
        for row in range(self.rows):
            k = noise["core"].shape[1]
            log_w, z_core = jnp.zeros(k), jnp.asarray(noise["core"][row])
            if known[row]:
                q = tuple(part[row] for part in core)
                z_core = draw(q, z_core)
                log_w = log_density(z_core, self.standard) - log_density(z_core, q)
            for i, m in enumerate(self.modalities):
                if m["name"] not in given + targets:
                    continue
                prior = self.prior(net, m, z_core)
                q = prior
                if keep[row, i]:
                    q = tuple(part[list(self.own(i)).index(row)] for part in experts[i])
                    if self.top_down:
                        q = product(q, prior)
                z = draw(q, noise[m["name"]][row])
                log_w += log_density(z, prior) - log_density(z, q) if keep[row, i] else 0
                if m["name"] in targets and self.present[row, i]:
                    x = jnp.repeat(self.x[m["name"]][row : row + 1], k, axis=0)
                    log_w += self.decoded(net, i, z, x)
            result.append(log_w)
        return np.array(result)


def tensors(file, group):
    found = {}
    file[group].visititems(lambda n, o: found.update({n: jnp.asarray(o[()])}) if isinstance(o, h5py.Dataset) else None)
    return found


def three_steps(model, p, b, rate=1e-3):
    first, second = ({n: 0 * v for n, v in p.items()} for _ in range(2))
    for step in (1, 2, 3):
        _, g, b = model.objective(p, b)
        first = {n: 0.9 * first[n] + 0.1 * g[n] for n in p}
        second = {n: 0.999 * second[n] + 0.001 * g[n] ** 2 for n in p}
        p = {n: p[n] - rate * (first[n] / (1 - 0.9**step)) / (jnp.sqrt(second[n] / (1 - 0.999**step)) + 1e-8) for n in p}
    return p


def evaluations(file):
    for name in file["evaluate"]:
        group = file[f"evaluate/{name}"]
        yield name, json.loads(group.attrs["given"]), json.loads(group.attrs["targets"]), {
            n: np.nan_to_num(v) for n, v in tensors(group, "noise").items()}


def check(file):
    """That this reference agrees with another one where both know the answer."""
    model, p, b = Model(file, "encoder", 1), tensors(file, "parameters"), tensors(file, "buffers")
    terms, gradients, updated = model.objective(p, b)
    for group, found in (("terms", terms), ("gradients", gradients), ("buffers", updated)):
        for name, expected in tensors(file, f"expected/{group}").items():
            np.testing.assert_allclose(found[name], expected, rtol=1e-8, atol=1e-10, err_msg=f"{group}/{name}")
    for name, given, targets, noise in evaluations(file):
        expected = file[f"evaluate/{name}/log_weights"][()]
        found = model.scores(p, b, given, targets, noise)
        known = np.isfinite(expected)
        np.testing.assert_allclose(found[known], expected[known], rtol=1e-8, err_msg=f"evaluate/{name}")


def write(file, posterior, draws, path):
    model, p, b = Model(file, posterior, draws), tensors(file, "parameters"), tensors(file, "buffers")
    terms, gradients, updated = model.objective(p, b)
    with h5py.File(path, "w") as out:
        out.attrs["config"] = json.dumps(model.config)
        out.attrs["weights"] = json.dumps(dict(model.weights, draws=draws))
        for group in ("inputs", "parameters", "buffers"):
            file.copy(group, out)
        for name in ("keep", "present"):
            if name in file:
                file.copy(name, out)
        for name, noise in model.noise.items():
            out[f"noise/{name}"] = noise[:, 0] if draws == 1 else noise
        groups = {"terms": terms, "gradients": gradients, "buffers": updated, "adam3": three_steps(model, p, b)}
        for group, values in groups.items():
            for name, value in values.items():
                out[f"expected/{group}/{name}"] = np.asarray(value)
        # Half of them is enough: what differs is the proposal of what is given.
        for name, given, targets, noise in list(evaluations(file))[::2]:
            group = out.create_group(f"evaluate/{name}")
            group.attrs["given"], group.attrs["targets"] = json.dumps(given), json.dumps(targets)
            scores = model.scores(p, b, given, targets, noise)
            group["log_weights"] = scores
            group["log_mean_exp"] = np.asarray(jax.nn.logsumexp(scores, axis=1)) - np.log(scores.shape[1])
            for latent, values in noise.items():
                group[f"noise/{latent}"] = values


def main(folder, output):
    with h5py.File(f"{folder}/mhvae-bimodal-mlp.h5") as bimodal, h5py.File(f"{folder}/mhvae-gaps-trimodal.h5") as gaps:
        check(bimodal)
        check(gaps)
        write(gaps, "top_down", 1, f"{output}/mhvae-top-down-gaps-trimodal.h5")
        write(bimodal, "encoder", 4, f"{output}/mhvae-iwae-bimodal-mlp.h5")
        write(gaps, "encoder", 3, f"{output}/mhvae-iwae-gaps-trimodal.h5")
        write(gaps, "top_down", 3, f"{output}/mhvae-iwae-top-down-gaps-trimodal.h5")


if __name__ == "__main__":
    main(*sys.argv[1:])
