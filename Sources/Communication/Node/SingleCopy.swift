import Glibc
import MPIShim

extension Collectives {
  /// Why this rank cannot read the memory of the next rank of its node, which many containers forbid and MPI does to
  /// copy large messages once; nil if it can. Collective.
  /// - Parameter topology: nil in a world without MPI; then the rank reads its own.
  package func singleCopyRefusal(_ topology: NodeTopology?) throws -> String? {
    // Somewhere that does not move, until all have read.
    let value = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    defer { value.deallocate() }
    value.initialize(to: UInt64.random(in: 1...UInt64.max))
    let (node, local, size) = (topology?.index ?? 0, topology?.localRank ?? 0, topology?.localSize ?? 1)
    let own = [UInt64(node), UInt64(local), UInt64(getpid()), UInt64(UInt(bitPattern: value)), value.pointee]
    var all = [UInt64](repeating: 0, count: own.count * worldSize)
    try own.withUnsafeBytes { block in try all.withUnsafeMutableBytes { try allGather(block, into: $0) } }
    let places = stride(from: 0, to: all.count, by: own.count).map { all[$0..<$0 + own.count] }
    let next =
      places.first { Array($0.prefix(2)) == [UInt64(node), UInt64((local + 1) % size)] }.map(Array.init) ?? own
    var found: UInt64 = 0
    let code = mpishim_read_process(Int64(next[2]), next[3], &found)
    try barrier()
    if code != 0 { return String(cString: strerror(code)) }
    return found == next[4] ? nil : "ranks have process numbers of their own"
  }
}
