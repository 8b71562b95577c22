import TestSupport
import Testing

/// `scripts/examples/decoder.py`: a run's decoders in PyTorch.
struct DecoderExampleTests {
  private static let interpreter = python(withModules: ["torch", "h5py", "safetensors", "yaml"])
  private static let needsPython = "needs Python with torch, h5py, safetensors and pyyaml (MHVAE_PYTHON names one)"

  /// Both decode the same latents. The image's latent comes from the core's: measured by what the prior says, it is
  /// standard normal. The mean square of 16 x 16 numbers is then 1 with a deviation of 0.09.
  private static let program = """
    import sys, h5py, torch
    sys.path.insert(0, sys.argv[1])
    from decoder import Run, main
    main(sys.argv[2], sys.argv[3])
    with h5py.File(sys.argv[3]) as file:
        latents = {name: torch.from_numpy(rows[:]) for name, rows in file["latents"].items()}
        assert file.attrs["format"] == "mhvae-dist draws" and file.attrs["epoch"] == 3
        assert list(file.attrs["given"]) == sys.argv[4:], list(file.attrs["given"])
    if latents.keys() == {"core", "image"}:
        mean, logvar = Run(sys.argv[2]).prior("image", latents["core"])
        spread = ((latents["image"] - mean) / (logvar / 2).exp()).square().mean().item()
        print("spread", spread)
        assert 0.6 < spread < 1.4, spread
    """

  @Test(
    "PyTorch gives the pixels of generate, from the prior and for a class, convolutions and batch norms alike",
    .enabled(if: interpreter != nil, "\(needsPython)"), arguments: ["mhvae", "mvae"])
  func pixels(family: String) throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      try train(
        ranks: 2, ["--preset", "fashion-mnist", "--family", family, "--data", dataset, "--run", run, "--epochs", "3"])
      for (given, modality) in [([], "image"), (["label"], "image"), ([], "label")] {
        let draws = "\(directory)/draws.h5"
        let drawn = try TestSupport.run(
          product("mhvae-dist"),
          ["generate", "--run", run, "--count", "16", "--modality", modality, "--output", draws]
            + given.flatMap { ["--given", "\($0)=3"] })
        #expect(drawn.exitCode == 0, "\(drawn)")
        let outcome = try TestSupport.run(
          try #require(Self.interpreter),
          ["-c", Self.program, ClusterScript.path("scripts/examples"), run, draws] + given,
          environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        #expect(outcome.exitCode == 0, "\(outcome)")
        let words = try #require(outcome.stdout.split(separator: "\n").first).split(separator: " ")
        #expect(outcome.stdout.hasPrefix("\(modality): 16 draws of shape"), "\(outcome)")
        #expect(try #require(words.last.flatMap { Double($0) }) <= 1e-5, "\(outcome)")
      }
    }
  }
}
