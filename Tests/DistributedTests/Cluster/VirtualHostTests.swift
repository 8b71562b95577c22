import Foundation
import SafeTensors
import TestSupport
import Testing

/// Several hosts, each with a name, a network address and shared memory of its own.
@Suite(.serialized, .enabled(if: VirtualHosts.obstacle == nil, "\(VirtualHosts.obstacle ?? "")"))
struct VirtualHostTests {
  @Test(
    "Hosts train, resume and evaluate as one rank of one host does",
    .enabled(if: FashionRows.areThere, "needs Debian's package dataset-fashion-mnist"), arguments: [2, 4])
  func sameLosses(hostCount: Int) throws {
    try FashionRows.withDataset { directory, dataset in
      let common = ["train", "--log-steps", "1", "--data", dataset]
      let alone = "\(directory)/alone"
      let first = ["--preset", "fashion-mnist", "--epochs", "1"]
      try expectSuccess(run(product("mhvae-dist"), common + first + ["--run", alone]))
      let expected = Array(try RunFiles.stepLosses(alone).prefix(50))

      try VirtualHosts.with(hostCount) { hosts in
        for ranks in [1, 2] {
          let (whole, copy) = ("\(directory)/\(ranks)", "\(directory)/\(ranks)-alone")
          try expectSuccess(hosts.mhvaeDist(ranksPerHost: ranks, common + first + ["--run", whole]))
          let losses = Array(try RunFiles.stepLosses(whole).prefix(50))
          #expect(largestDifference(losses, expected) <= 1e-4, "50 steps on \(hostCount) hosts, \(ranks) ranks each")

          // From the same checkpoint one host goes on as many do.
          try FileManager.default.copyItem(atPath: whole, toPath: copy)
          let second = ["--resume", "--epochs", "2"]
          try expectSuccess(hosts.mhvaeDist(ranksPerHost: ranks, common + second + ["--run", whole]))
          try expectSuccess(run(product("mhvae-dist"), common + second + ["--run", copy]))
          let resumed = try [whole, copy].map { Array(try RunFiles.stepLosses($0)[51..<101]) }
          #expect(
            largestDifference(resumed[0], resumed[1]) <= 1e-4, "resumed on \(hostCount) hosts, \(ranks) ranks each")

          let evaluation = ["evaluate", "--run", whole, "--data", dataset, "--samples", "20", "--limit", "21"]
          try expectSuccess(hosts.mhvaeDist(ranksPerHost: ranks, evaluation))
          let likelihoods = try RunFiles.likelihoods(whole)
          try expectSuccess(run(product("mhvae-dist"), evaluation))
          #expect(largestDifference(likelihoods, try RunFiles.likelihoods(whole)) <= 1e-6)
        }
      }
    }
  }

  /// Two hosts must send each other the gradient once, half of it to be added up and the other half added up. Ranks
  /// dealt out in turns show who knows of hosts: MPI's own all-reduce sends it twice then.
  @Test("The gradient crosses the network once, however ranks lie on hosts")
  func hierarchicalExchange() throws {
    try VirtualHosts.with(2) { hosts in
      let flat = try bytesPerStep(hosts, mapping: "node", way: "all-reduce")
      #expect(flat.sent > 1.9 * flat.gradient, "all-reduce sent \(flat)")
      for mapping in ["slot", "node"] {
        let shared = try bytesPerStep(hosts, mapping: mapping, way: "shared")
        #expect(shared.sent > 0.99 * shared.gradient && shared.sent < 1.1 * shared.gradient, "\(mapping): \(shared)")
      }
      let rounded = try bytesPerStep(hosts, mapping: "slot", way: "shared", ["--wire", "bf16"])
      #expect(rounded.sent > 0.49 * rounded.gradient && rounded.sent < 0.58 * rounded.gradient, "bf16: \(rounded)")
    }
  }

  @Test("Gradients in bf16 between hosts train as floats do, and a resumed run goes on to the bit")
  func roundedGradients() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      try VirtualHosts.with(2) { hosts in
        func train(_ run: String, epochs: Int, _ options: [String]) throws {
          try expectSuccess(
            hosts.mhvaeDist(
              ranksPerHost: 2,
              [
                "train", "--preset", "mnist", "--data", dataset, "--log-steps", "1", "--epochs", "\(epochs)", "--run",
                run,
              ]
                + options))
        }
        let (floats, whole, parts) = ("\(directory)/f32", "\(directory)/whole", "\(directory)/parts")
        try train(floats, epochs: 2, [])
        try train(whole, epochs: 2, ["--wire", "bf16"])
        try train(parts, epochs: 1, ["--wire", "bf16"])
        try train(parts, epochs: 2, ["--wire", "bf16", "--resume"])
        #expect(try RunFiles.stepLosses(parts) == RunFiles.stepLosses(whole))
        #expect(try RunFiles.tensors(parts) == RunFiles.tensors(whole))
        // The last batch has so few rows that its norms magnify every difference.
        let (rounded, plain) = (try RunFiles.stepLosses(whole).dropLast(), try RunFiles.stepLosses(floats).dropLast())
        #expect(rounded != plain)
        #expect(largestDifference(Array(rounded), Array(plain)) <= 0.01, "\(zip(rounded, plain).map { $0 - $1 })")
        // Within an epoch there is what was lost, too; the other exchange goes on from there without.
        let directory = "\(parts)/checkpoints"
        try train(parts, epochs: 3, ["--wire", "bf16", "--resume", "--checkpoint-every-steps", "5"])
        let within = try #require(
          FileManager.default.contentsOfDirectory(atPath: directory).sorted().last { $0.contains("-step-") })
        try #expect(lostNumbers("\(directory)/\(within)") > 0)
        try FileManager.default.removeItem(atPath: "\(directory)/epoch-00003.safetensors")
        let resumed = try hosts.mhvaeDist(
          ranksPerHost: 2,
          ["train", "--data", dataset, "--run", parts, "--epochs", "3", "--resume", "--exchange", "all-reduce"])
        #expect(resumed.exitCode == 0, "\(resumed)")
        #expect(resumed.stderr.contains("what rounding gradients between hosts has lost is left out"), "\(resumed)")
        try #expect(lostNumbers("\(directory)/epoch-00003.safetensors") == 0)
      }
    }
  }

  /// How many numbers of a checkpoint are what rounding has lost.
  private func lostNumbers(_ path: String) throws -> Int {
    let file = try SafeTensorsFile.read(path: path, requireChecksum: true)
    let tensors = file.tensors.filter { $0.name.hasPrefix("exchange.residual.") }
    return try tensors.map { try file.floats(named: $0.name).filter { $0 != 0 }.count }.reduce(0, +)
  }

  /// What one host sends in a step, and the bytes of the gradient.
  private func bytesPerStep(
    _ hosts: VirtualHosts, mapping: String, way: String, _ options: [String] = []
  ) throws -> (sent: Double, gradient: Double) {
    var (sent, parameters) = ([Int](), 0)
    for steps in [2, 6] {
      let before = try hosts.bytesSent()
      let outcome = try hosts.mhvaeDist(
        ranksPerHost: 2, mapping: mapping,
        ["benchmark", "--preset", "fashion-mnist", "--steps", "\(steps)", "--warm-up-steps", "0", "--exchange", way]
          + options)
      try expectSuccess(outcome)
      sent.append(try hosts.bytesSent() - before)
      parameters = try #require(outcome.stdout.firstMatch(of: /(\d+) parameters/).flatMap { Int($0.1) })
    }
    return (Double(sent[1] - sent[0]) / 4, Double(4 * parameters))
  }

  private func expectSuccess(_ outcome: Outcome) throws {
    guard outcome.exitCode == 0 else { throw ProcessError(description: "\(outcome)") }
  }
}
