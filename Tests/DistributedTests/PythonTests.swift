import Foundation
import TestSupport
import Testing

/// What a run leaves behind must open in Python as it is.
@Suite(.serialized) struct PythonTests {
  private static let interpreter = python(withModules: ["numpy", "safetensors"])

  /// Decodes latents of zeros with the label decoder, from names and shapes alone, and prints the logits' shape.
  private static let program = """
    import sys, numpy as np
    from safetensors import safe_open
    with safe_open(sys.argv[1], "numpy") as f:
        m = f.metadata()
        print(m["format"], m["epoch"], m["seed"], m["data_fingerprint"][:7], "family: mhvae" in m["configuration"])
        x = np.zeros((1, 16), np.float32)
        for k in range(4):
            p = f"modality.label.decoder.{k}."
            x = x @ f.get_tensor(p + "linear.weight").T + f.get_tensor(p + "linear.bias")
            if k < 3:
                s = f.get_tensor(p + "norm.weight") / np.sqrt(f.get_tensor(p + "norm.running_var") + 1e-5)
                x = (x - f.get_tensor(p + "norm.running_mean")) * s + f.get_tensor(p + "norm.bias")
                x = np.where(x > 0, x, 0.01 * x)
        print(x.shape, np.isfinite(x).all())
        print(f.get_tensor("adam.first_moment.modality.label.decoder.3.linear.weight").shape)
    """

  @Test("Python opens a checkpoint", .enabled(if: interpreter != nil, "needs Python with numpy and safetensors"))
  func pythonOpensCheckpoint() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      try train(ranks: 2, ["--preset", "mnist", "--data", dataset, "--run", run, "--epochs", "1"])
      let outcome = try TestSupport.run(
        try #require(Self.interpreter), ["-c", Self.program, RunFiles.lastCheckpoint(run)])
      #expect(
        outcome.stdout == "mhvae-dist checkpoint 1 1 sha256: True\n(1, 10) True\n(10, 128)\n", "\(outcome)")
    }
  }
}
