"""Runs this program and PyTorch in turn on the same cores, and tells how they compare: see scripts/compare-torch.sh."""
import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PRESETS = HERE / "../../Sources/Configuration/Presets"
# What is compared with the best of which.
OURS = {"f32": "mhvae-dist, f32", "bf16": "mhvae-dist, bf16"}


def contenders(preset, ranks, batch_size, steps, has_bf16):
    """The command of each contender."""
    def ours(ranks, precision):
        return ["mpirun", "-np", str(ranks), "mhvae-dist", "benchmark", "--preset", preset, "--json",
                "--steps", str(steps), "--batch-size", str(batch_size), "--precision", precision]

    def torch(*options, processes=1):
        launcher = [sys.executable]
        if processes > 1:
            launcher += ["-m", "torch.distributed.run", "--nproc-per-node", str(processes)]
        return launcher + [str(HERE / "torch_mhvae.py"), str(PRESETS / f"{preset}.yaml"), "--batch-size", str(batch_size), "--steps",
                           str(steps), "--threads", str(ranks // processes), *options]

    commands = {OURS["f32"]: ours(ranks, "f32"), "mhvae-dist, f32, 1 rank": ours(1, "f32")}
    if has_bf16:
        commands |= {OURS["bf16"]: ours(ranks, "bf16"), "mhvae-dist, bf16, 1 rank": ours(1, "bf16")}
    commands |= {
        "PyTorch": torch(), "PyTorch, compiled": torch("--compile"), "PyTorch, DDP": torch(processes=ranks),
    }
    if has_bf16:
        commands |= {"PyTorch, bf16": torch("--bf16"), "PyTorch, bf16, compiled": torch("--bf16", "--compile"),
                     "PyTorch, bf16, DDP": torch("--bf16", processes=ranks)}
    return commands


def images_a_second(command):
    """What a contender says of itself, and the whole of its JSON if it writes some."""
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{outcome.stderr[-1000:]}")
    if "--json" not in command:
        return float(outcome.stdout.strip().splitlines()[-1]), None
    report = json.loads(outcome.stdout)
    return report["images_per_second"], report


def processor_multiplies_bf16():
    """The program refuses bf16 where it has no products for it."""
    command = ["mhvae-dist", "benchmark", "--preset", "mnist", "--steps", "1", "--precision", "bf16"]
    return subprocess.run(command, capture_output=True).returncode == 0


def ratios(figures, rounds):
    """This program over the best of PyTorch in each round."""
    def best(round, *without):
        return max(values[round] for name, values in figures.items()
                   if name.startswith("PyTorch") and not any(word in name for word in without))

    def each(ours, baseline):
        return [figures[ours][r] / baseline(r) for r in range(rounds)]

    f32, bf16 = OURS["f32"], OURS["bf16"]
    result = {
        "f32 over PyTorch's best in f32": each(f32, lambda r: best(r, "bf16")),
        "f32 over PyTorch DDP": each(f32, lambda r: figures["PyTorch, DDP"][r]),
        "f32, ranks over one": each(f32, lambda r: figures["mhvae-dist, f32, 1 rank"][r]),
    }
    if bf16 in figures:
        result |= {
            "bf16 over f32": each(bf16, lambda r: figures[f32][r]),
            "bf16 over PyTorch's best of all": each(bf16, lambda r: best(r)),
            "bf16, ranks over one": each(bf16, lambda r: figures["mhvae-dist, bf16, 1 rank"][r]),
        }
    return result


def table(title, rows, form):
    print(f"\n{title}\n\n| | median | lowest | highest | rounds |\n|---|---|---|---|---|")
    for name, values in rows.items():
        cells = [form(statistics.median(values)), form(min(values)), form(max(values)), ", ".join(map(form, values))]
        print(f"| {name} | {' | '.join(cells)} |")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", default=["mnist", "fashion-mnist", "celeba"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", type=int, default=2, help="ranks, and threads of PyTorch in one process")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=200, help="steps of a round; of CelebA a tenth of it")
    parser.add_argument("--json", help="a file for all figures")
    options = parser.parse_args()
    if options.ranks < 2 or options.batch_size % options.ranks:
        parser.error("--ranks must be at least 2 and divide --batch-size")
    results = {}
    for preset in options.presets:
        steps = max(options.steps // 10, 5) if preset == "celeba" else options.steps
        commands = contenders(preset, options.ranks, options.batch_size, steps, processor_multiplies_bf16())
        figures, peaks = {name: [] for name in commands}, {name: [] for name in OURS.values()}
        for _ in range(options.rounds):
            for name, command in commands.items():
                figure, report = images_a_second(command)
                figures[name].append(figure)
                if report and name in peaks:
                    peaks[name].append(report["products"]["fraction_of_peak"])
        shares = {f"{name}, products of sgemm's peak": values for name, values in peaks.items() if values}
        compared = ratios(figures, options.rounds)
        results[preset] = {"images_per_second": figures, "ratios": compared, "fraction_of_peak": shares}
        table(f"{preset}: images a second, {options.ranks} ranks or threads", figures, lambda x: f"{x:.0f}")
        table("ratios", compared | shares, lambda x: f"{x:.2f}")
        write(options, results)


def write(options, results):
    """All figures so far, in a file."""
    if options.json:
        about = {"options": vars(options), "torch": version(), "processor": processor(), "cores": os.cpu_count()}
        Path(options.json).write_text(json.dumps(about | {"presets": results}, indent=2) + "\n")


def version():
    import torch
    return torch.__version__


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    main()
