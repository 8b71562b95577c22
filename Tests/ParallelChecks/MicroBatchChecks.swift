import Communication
import Configuration
import GradientExchange
import Kernels
import Models
import Training

/// Batches worked on in four micro-batches: on every split of the ranks into nodes, by every way to exchange gradients,
/// some steps leave the same bits. Prints a digest of them, to be compared with that of other numbers of ranks.
///
/// What the ranks exchange is known to the networks by their tensors alone: one family with fully connected networks and
/// one with convolutions take every way, and so does one whose gradients are clipped and weights averaged; the others
/// take those by which runs exchange unless told otherwise.
func checkMicroBatches(_ world: World) throws {
  // As training does: how OpenBLAS divides a product among threads changes its bits.
  Threads.use(1)
  for (index, training) in TrialTraining.inMicroBatches.enumerated() {
    var digests: [String: [UInt8]] = [:]
    for (name, settings) in try ways(world).prefix(index < 3 ? .max : 2) {
      let steps = try TrialSteps(training, world, settings)
      // With the partial batch that ends an epoch, whose three rows leave a micro-batch empty, and one behind it.
      try steps.run(6)
      try expect(
        (steps.replica.warning != nil) == (name == "nodes in turn"), "\(name): \(steps.replica.warning ?? "no warning")"
      )
      try world.collectives.agreeOnDigest(steps.replica.digest(), of: "replica state")
      digests[name] = try steps.replica.digest()
    }
    let different = Set(digests.values)
    try expect(different.count == 1, "\(training): \(digests.filter { $0.value != digests["all-reduce"] }.keys) differ")
    let text = different.first?.map { String($0, radix: 16) }.joined(separator: " ") ?? ""
    if world.rank == 0 { print("\(training): \(text)") }
  }
}

extension TrialTraining {
  fileprivate static let inMicroBatches =
    [
      TrialTraining("mnist", "mhvae", inFour), TrialTraining("fashion-mnist", "mhvae", inFour),
      TrialTraining(
        "mnist", "mhvae", inFour + ["training.clip_norm=1", "training.ema_decay=0.9", "training.optimizer.name=adamax"]),
      TrialTraining("mnist", "jmvae", inFour), TrialTraining("mnist", "mvae", inFour),
      TrialTraining("celeba", "mhvae", inFour),
    ] + (BF16.engineName == nil ? [] : [TrialTraining("fashion-mnist", "mhvae", inFour + [inBF16])])

  private static let inFour = ["training.micro_batches=4"]
}

private func ways(_ world: World) throws -> [(name: String, settings: ExchangeSettings)] {
  var ways = [("the machines there are", ExchangeSettings()), ("all-reduce", ExchangeSettings(.allReduce))]
  guard world.worldSize > 1 else { return ways }
  var splits: [(String, (Int) -> Int)] = [("one node", { _ in 0 }), ("a node each", { $0 })]
  if world.worldSize == 4 { splits += [("two nodes", { $0 / 2 }), ("nodes in turn", { $0 % 2 })] }
  for (name, node) in splits {
    var settings = ExchangeSettings()
    settings.topology = try NodeTopology(node: node(world.rank), watchdog: world.collectives.watchdog)
    settings.bucketSize = 1 << 14
    ways.append((name, settings))
  }
  return ways
}
