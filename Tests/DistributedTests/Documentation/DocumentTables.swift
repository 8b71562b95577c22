import Foundation
import Kernels
import TestSupport

/// What it takes to run the documents' commands in a test. What is changed shows in the test's output.
enum DocumentTables {
  /// Regular expressions, and what they become: long commands made short, places of one machine made those of another.
  private static let reductions = [
    ("/usr/share/datasets/fashion-mnist", "idx"),
    ("/shared/", "shared/"),
    (#"--epochs (\d)\d\b"#, "--epochs $1"),
    (#"--samples \d{2,}"#, "--samples 5"),
    (#"--limit \d{2,}"#, "--limit 20"),
    (#"--count \d{4,}"#, "--count 60"),
    (#"-np (8|16|32)\b"#, "-np 4"),
    ("^tensorboard ", "tensorboard --inspect "),
    (#"mhvae-dist benchmark\b(?!.*--samples)"#, "mhvae-dist benchmark --warm-up-steps 1 --steps 2"),
    (#"(mhvae-dist train --(preset|config)(?!.*--(epochs|dry-run)).*)"#, "$1 --epochs 1"),
    ("mhvae-dist plan --preset celeba", "mhvae-dist plan --preset mnist"),
    (#"^scripts/demo\.sh"#, "EPOCHS=1 scripts/demo.sh"),
    (#"^scripts/benchmark-kernels\.sh\b"#, "scripts/benchmark-kernels.sh --repetitions 1"),
  ]

  /// What documents take as given: a file, the command that makes it where it is not there, and the word that a command
  /// needs it by, if that is another.
  private static let given: [(path: String, recipe: String, word: String?)] = [
    ("fashion-mnist.h5", "mhvae-pack fashion-mnist --input idx --output fashion-mnist.h5", nil),
    ("mnist.h5", "mhvae-pack mnist --input idx --output mnist.h5", nil),
    ("fashion.h5", "cp fashion-mnist.h5 fashion.h5", nil),
    ("halves.h5", "mhvae-pack split fashion-mnist.h5 --modality image --into top,bottom --output halves.h5", nil),
    ("celeba.h5", "mhvae-pack celeba --images images --attributes list_attr_celeba.txt --output celeba.h5", nil),
    ("downloads/fashion", "mkdir -p downloads && cp -r idx downloads/fashion", nil),
    ("downloads/mnist", "mkdir -p downloads && cp -r idx downloads/mnist", nil),
    ("img_align_celeba", "mhvae-pack synthetic celeba --count 60 --output-dir .", nil),
    ("images", "mv img_align_celeba images", nil),
    (
      "x.npy",
      "python3 -c 'import numpy as n; n.save(\"x\", n.zeros((60, 1, 8, 8))); n.save(\"pose\", n.zeros((60, 3))); "
        + "n.save(\"y\", n.arange(60) % 3)'", nil
    ),
    (
      "split.npy",
      "python3 -c 'import numpy as n; n.save(\"pose\", n.zeros((60, 3))); n.save(\"kind\", n.arange(60) % 2); "
        + "n.save(\"split\", n.arange(60) % 3)'", nil
    ),
    (
      "table.csv",
      "(echo id,kind,width,height,weight,file; for i in $(seq 60); do "
        + "printf '%d,%s,%d,%d,%d,%06d\\n' $i k$((i % 3)) $i $((i * i % 7)) $((i % 5)) $i; done) >table.csv", nil
    ),
    (
      "cells.h5ad",
      "python3 -c 'import h5py, numpy as n; f = h5py.File(\"cells.h5ad\", \"w\"); f[\"X\"] = n.arange(180).reshape(60, 3); "
        + "f[\"obsm/X_pca\"] = n.eye(60)[:, :4]; f[\"obs/cell_type/codes\"] = n.arange(60) % 3 - 1; "
        + "f[\"obs/cell_type/categories\"] = [\"a\", \"b\"]; f[\"obs/_index\"] = [str(i) for i in range(1, 61)]'", nil
    ),
    (
      "poses.npz", "python3 -c 'import numpy as n; n.savez(\"poses\", id=n.arange(20, 80), pose=n.eye(60)[:, :6])'", nil
    ),
    ("runs/first", training("runs/first"), nil),
    ("runs/second", training("runs/second", "--seed 2"), nil),
    ("runs/mhvae", training("runs/mhvae"), nil),
    ("runs/jmvae", training("runs/jmvae", "--family jmvae"), nil),
    ("runs/mvae", training("runs/mvae", "--family mvae"), nil),
    (
      "runs/halves",
      "mhvae-dist train --config scripts/examples/garment-halves.yaml --data halves.h5 --run runs/halves --epochs 1",
      nil
    ),
    (
      "runs/celeba", "mhvae-dist train --preset celeba --data celeba.h5 --run runs/celeba --epochs 1 --batch-size 8",
      nil
    ),
    ("shared/fashion-mnist.h5", "mkdir -p shared && cp fashion-mnist.h5 shared/", nil),
    ("home/data/fashion-mnist.h5", "mkdir -p home/data home/runs && cp fashion-mnist.h5 home/data/", "sbatch"),
    // So that the demo does not pack all of it.
    (
      "demo/fashion-mnist.h5", "mkdir -p demo && mhvae-pack fashion-mnist --input idx --output demo/fashion-mnist.h5",
      "scripts/demo.sh"
    ),
  ]

  private static func training(_ run: String, _ options: String = "") -> String {
    "mpirun -np 2 mhvae-dist train --preset fashion-mnist --data fashion-mnist.h5 --run \(run) --epochs 1 \(options) "
      + "&& mhvae-dist evaluate --run \(run) --data fashion-mnist.h5 --samples 5 --limit 20"
  }

  /// Regular expressions of commands that run elsewhere, and where.
  private static let elsewhere =
    [
      (#"^scripts/test\.sh"#, "is what runs this test"),
      (#"^scripts/archive\.sh|^tar |^module "#, "run by ArchiveTests"),
      (#"^LAUNCH=srun "#, "run by SlurmTests"),
      (#"cluster/virtual/hosts\.sh"#, "run by HostsScriptTests and VirtualHostTests"),
      (#"^scripts/compare-torch\.sh"#, "not run: takes a quarter of an hour, and a Python with torch"),
    ]
    + (BF16.engineName == nil
      ? [("--precision bf16|runs/rounded", "not run: needs a processor with AVX512-BF16 or AMX")] : [])
    + (tensorboard == nil ? [("^tensorboard ", "not run: needs Python with tensorboard")] : [])
    + (hasManual ? [] : [(#"^scripts/install\.sh"#, "not run: generate-manual was not built")])
    + (hasDatasets
      ? []
      : [
        (
          #"datasets\.py|digits\.(npz|h5|yaml)|runs/digits|visits"#,
          "not run: needs Python with scikit-learn and statsmodels"
        )
      ])
    + (torch == nil ? [("decoder\\.py", "not run: needs Python with torch, h5py, safetensors and pyyaml")] : [])

  /// Programs that do not run here, and the shell scripts that stand for them.
  static let standIns = [
    ("swift", #"[[ $1 == build ]] || exit 1; [[ $* != *--show-bin-path* ]] || echo .build/release"#),
    ("apt-get", ""),
    ("sudo", #"exec "$@""#),
    // An allocation of one node, and what the user would write into the script.
    (
      "sbatch",
      #"export SLURM_JOB_ID=1 REQUEUE_PAUSE=0 OPTIONS="--preset fashion-mnist --epochs 1"; "#
        + #"[[ $* != *evaluate* ]] || OPTIONS="--samples 5 --limit 20"; exec bash "${@: -1}""#
    ),
  ]

  /// The most capable Python there is.
  static let interpreter = torch ?? python(withModules: ["numpy", "h5py"])
  /// The Python that has TensorBoard.
  static let tensorboard = python(withModules: ["tensorboard"])
  private static let hasManual = (try? product("generate-manual")) != nil
  /// Whether the Python that runs documents has the packages whose data the tutorial uses.
  private static let hasDatasets = interpreter != nil && interpreter == python(withModules: datasetModules)
  private static let datasetModules = ["numpy", "h5py", "sklearn", "statsmodels"]
  private static let torch = python(withModules: ["numpy", "torch", "h5py", "safetensors", "yaml"])

  /// Who runs a command that does not run here; nil if it does.
  /// - Parameter followsPython: whether the document shows a Python program before, which makes data for what follows.
  static func elsewhere(_ command: String, followsPython: Bool) -> String? {
    let needsPython = followsPython || matches(command, #"python3|\.(npy|npz|h5ad)\b"#)
    return elsewhere.first { matches(command, $0.0) }?.1
      ?? (needsPython && interpreter == nil ? "not run: needs Python with numpy and h5py" : nil)
  }

  /// What is run for a command.
  static func reduced(_ command: String) -> String {
    reductions.reduce(command) { $0.replacingOccurrences(of: $1.0, with: $1.1, options: .regularExpression) }
  }

  /// Lines that make what a command takes as given, where it is not there.
  /// - Parameter making: what the command makes itself.
  static func provisions(for command: String, making: String? = nil) -> [String] {
    given.filter { $0.path != making && needs(command, $0.word ?? $0.path) }.flatMap { path, recipe, _ in
      ["if [[ ! -e $root/\(path) ]]; then"] + provisions(for: recipe, making: path)
        + ["(cd \"$root\" && \(recipe)) || return 1", "fi"]
    }
  }

  /// Whether a command has `word`, a path or its beginning, and does not make it itself.
  private static func needs(_ command: String, _ word: String) -> Bool {
    let path = NSRegularExpression.escapedPattern(for: word) + #"(?![\w.-])"#
    let isMade =
      matches(command, "--output(-dir)? \(path)")
      || matches(command, "mhvae-dist train(?!.*--resume).*--run \(path)")
    return !isMade && matches(command, #"(?<![\w.-]/|[\w.-])"# + path)
  }

  private static func matches(_ text: String, _ pattern: String) -> Bool {
    text.range(of: pattern, options: .regularExpression) != nil
  }
}
