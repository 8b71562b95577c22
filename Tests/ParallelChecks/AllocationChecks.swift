import AllocationTally
import Communication
import Glibc
import GradientExchange
import Kernels

/// A steady training step asks for no heap memory: every family, with fully connected and convolutional networks, with
/// and without batch norm, every likelihood, every way to exchange gradients. An epoch, which ends with a partial
/// batch, has five steps.
///
/// What MPI and OpenBLAS ask for inside of their calls is told apart by the stack, counted and printed.
func checkAllocations(_ world: World) throws {
  Threads.use(1)
  try expect(try Tally.requests { keep([UInt8](repeating: 1, count: 1000)) }.count > 0, "an array was not noticed")
  var others: [String: Int] = [:]
  for (index, training) in TrialTraining.all.enumerated() {
    // Nothing about rounding depends on the model.
    for (name, settings) in try ways(world) where settings.wire == .f32 || index == 0 {
      let steps = try TrialSteps(training, world, settings)
      try steps.run(5)
      let requests = try Tally.requests { try steps.run(10) }
      try expect(
        requests.count == 0,
        "\(training), \(name): 10 steps ask for memory \(requests.count) times, such as at\n\(requests.examples)")
      others[name, default: 0] += requests.others
    }
  }
  try world.collectives.barrier()
  guard world.rank == 0 else { return }
  for (name, count) in others.sorted(by: { $0.key < $1.key }) where count > 0 {
    print("\(name): MPI asks for memory \(count) times")
  }
  print("10 steps of \(TrialTraining.all.count) trainings ask for no memory on \(world.worldSize) ranks")
}

/// Gradients by shared memory, by messages between nodes (a node for each rank), the same in bf16, and by all-reduce.
private func ways(_ world: World) throws -> [(name: String, settings: ExchangeSettings)] {
  guard world.collectives is MPICommunicator else { return [("alone", ExchangeSettings())] }
  var nodes = ExchangeSettings()
  nodes.topology = try NodeTopology(node: world.rank, watchdog: world.collectives.watchdog)
  var rounded = nodes
  rounded.wire = .bf16
  return [
    ("shared", ExchangeSettings()), ("a node each", nodes), ("a node each, bf16", rounded),
    ("all-reduce", ExchangeSettings(.allReduce)),
  ]
}

/// Makes the compiler keep what nobody reads.
@inline(never)
private func keep(_ array: [UInt8]) { withUnsafePointer(to: array) { _ in } }

/// Who asked for memory while something was done.
private struct Tally {
  /// This program's requests.
  let count: Int
  /// Those of MPI and OpenBLAS, within their own calls.
  let others: Int
  /// Where the first of this program's came from, for people to read.
  let examples: String

  static func requests(_ body: () throws -> Void) throws -> Tally {
    let names = Self.libraries.map { UnsafePointer(strdup($0)) }
    defer { for name in names { free(UnsafeMutablePointer(mutating: name)) } }
    let count = try names.withUnsafeBufferPointer { names in
      allocationtally_begin(names.baseAddress, Int32(names.count))
      let result = Result { try body() }
      let count = Int(allocationtally_end())
      try result.get()
      return count
    }
    return Tally(
      count: count, others: Int(allocationtally_others()),
      examples: (0..<min(count, 3)).map(Self.stack).joined(separator: "\n\n"))
  }

  private static let libraries = [
    "/libmpi", "/libopen-", "/libpmix", "/mca_", "/libevent", "/libuc", "/libfabric", "/libopenblas", "/libblas",
  ]

  private static func stack(_ request: Int) -> String {
    let frames = [UnsafeMutableRawPointer?](unsafeUninitializedCapacity: Int(ALLOCATIONTALLY_FRAMES)) { frames, count in
      frames.initialize(repeating: nil)
      count = Int(allocationtally_frames(Int32(request), frames.baseAddress))
    }
    return frames.map { line(allocationtally_find($0)) }.joined(separator: "\n")
  }

  private static func line(_ place: allocationtally_place) -> String {
    let file = place.file.map { String(cString: $0) } ?? "?"
    let function = place.function.map { String(cString: $0) } ?? ""
    return "  \(file.split(separator: "/").last ?? "?") + 0x\(String(place.offset, radix: 16)) \(function)"
  }
}
