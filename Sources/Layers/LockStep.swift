internal import Kernels

/// Independent networks run block by block, side by side, so that their batch norms share one message over the
/// replicas at every depth. Networks may differ in depth and in the number of their rows.
package final class LockStep {
  private let passes: [NetworkPass]
  private let depth: Int
  private let message: UnsafeMutableBufferPointer<Double>
  /// Where the sums of network n at depth d begin: `offsets[d][n]`; the last one is the length of the message.
  private let offsets: [[Int]]

  package init(_ passes: [NetworkPass]) {
    self.passes = passes
    let depth = passes.map(\.blocks.count).max() ?? 0
    self.depth = depth
    offsets = (0..<depth).map { d in
      passes.reduce(into: [0]) { offsets, pass in
        offsets.append(offsets[offsets.count - 1] + (d < pass.blocks.count ? pass.blocks[d].sumCount : 0))
      }
    }
    message = .allocate(capacity: max(1, offsets.compactMap(\.last).max() ?? 0))
    message.initialize(repeating: 0)
  }

  deinit { message.deallocate() }

  /// From each pass's `input` to its output.
  /// - Throws: what the exchange with the other replicas throws.
  package func forward(mode: PassMode, replicas: any ReplicaGroup) throws {
    for d in 0..<depth {
      forEachPass(at: d) { pass, sums in pass.blocks[d].forwardAffine(pass.input(of: d), mode: mode, sums: sums) }
      if mode == .training { try exchange(d, replicas) }
      forEachPass(at: d) { pass, sums in pass.blocks[d].forwardActivation(pass.input.rows, mode: mode, sums: sums) }
    }
  }

  /// From each pass's `outputGradient` to its parameters' gradients and its `inputGradient`.
  /// - Parameters:
  ///   - accumulating: whether parameter gradients are added to instead of set.
  ///   - moreFollows: whether another way back will add to them; otherwise they are marked as ready.
  /// - Throws: what the exchange with the other replicas throws.
  package func backward(
    accumulating: Bool = false, moreFollows: Bool = false, replicas: any ReplicaGroup
  ) throws {
    for d in (0..<depth).reversed() {
      forEachPass(at: d) { pass, sums in
        pass.blocks[d].backwardActivation(pass.outputGradient(of: d), sums: sums, accumulating: accumulating)
      }
      try exchange(d, replicas)
      forEachPass(at: d) { pass, sums in
        pass.blocks[d].backwardAffine(
          pass.outputGradient(of: d), input: pass.input(of: d), inputGradient: pass.inputGradient(of: d),
          sums: sums, accumulating: accumulating)
      }
      if !moreFollows { try markReady(d, replicas) }
    }
  }

  private func markReady(_ d: Int, _ replicas: any ReplicaGroup) throws {
    for pass in passes where d < pass.blocks.count { try replicas.gradientsAreReady(pass.blocks[d].parameters) }
  }

  @inline(__always)
  private func forEachPass(at d: Int, _ body: (_ pass: NetworkPass, _ sums: UnsafeMutablePointer<Double>) -> Void) {
    for n in passes.indices where d < passes[n].blocks.count {
      body(passes[n], message.baseAddress! + offsets[d][n])
    }
  }

  private func exchange(_ d: Int, _ replicas: any ReplicaGroup) throws {
    let count = offsets[d][passes.count]
    guard count > 0 else { return }
    try replicas.sum(UnsafeMutableBufferPointer(rebasing: message[..<count]))
  }
}
