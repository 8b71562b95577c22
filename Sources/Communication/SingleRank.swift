/// A world of one rank, without MPI: reductions leave what is there, gathering copies.
package final class SingleRank: Collectives {
  package let watchdog = Watchdog()

  package init() {}

  package var rank: Int { 0 }
  package var worldSize: Int { 1 }

  package func sum(_ buffer: UnsafeMutableBufferPointer<Float>) {}
  package func sum(_ buffer: UnsafeMutableBufferPointer<Double>) {}
  package func maximum(_ buffer: UnsafeMutableBufferPointer<Double>) {}
  package func maximum(_ buffer: UnsafeMutableBufferPointer<Int64>) {}
  package func minimum(_ buffer: UnsafeMutableBufferPointer<Double>) {}
  package func minimum(_ buffer: UnsafeMutableBufferPointer<Int64>) {}
  package func barrier() {}
  package func findNodes() -> NodeTopology? { nil }

  package func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {
    precondition(root == 0, "the only rank is 0")
  }

  package func gather(_ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer, at root: Int) {
    precondition(root == 0, "the only rank is 0")
    allGather(block, into: blocks)
  }

  package func allGather(_ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer) {
    precondition(blocks.count == block.count, "room for one block per rank")
    blocks.copyMemory(from: block)
  }
}
