import Communication

/// Every operation of `Collectives`, over buffers that are empty, small and as long as `largest`.
func checkCollectives(_ all: any Collectives, largest: Int) throws {
  for count in [0, 1, 7, 1000, 1001, largest] {
    try checkSums(all, count: count)
    try checkBroadcast(all, count: count)
    try checkGathering(all, count: count)
  }
  try checkExtremes(all)
  try checkDigests(all)
}

/// Whole numbers small enough that their sums are exact in any order.
private func value(_ index: Int, _ rank: Int) -> Int { (index % 1009) * (rank + 1) }

private func sumOfValues(_ index: Int, _ worldSize: Int) -> Int { (index % 1009) * worldSize * (worldSize + 1) / 2 }

private func checkSums(_ all: any Collectives, count: Int) throws {
  var floats = (0..<count).map { Float(value($0, all.rank)) }
  try floats.withUnsafeMutableBufferPointer { try all.sum($0) }
  try expectEqual(floats, (0..<count).map { Float(sumOfValues($0, all.worldSize)) }, "sum of \(count) floats")

  var doubles = (0..<count).map { 0.5 * Double(value($0, all.rank)) }
  try doubles.withUnsafeMutableBufferPointer { try all.sum($0) }
  try expectEqual(doubles, (0..<count).map { 0.5 * Double(sumOfValues($0, all.worldSize)) }, "sum of \(count) doubles")
}

private func byte(_ index: Int, _ rank: Int) -> UInt8 { UInt8(truncatingIfNeeded: index &* 31 &+ rank &* 101 &+ 7) }

private func block(_ count: Int, of rank: Int) -> [UInt8] { (0..<count).map { byte($0, rank) } }

private func checkBroadcast(_ all: any Collectives, count: Int) throws {
  for root in 0..<all.worldSize {
    var bytes = block(count, of: all.rank)
    try bytes.withUnsafeMutableBytes { try all.broadcast($0, from: root) }
    try expectEqual(bytes, block(count, of: root), "broadcast of \(count) bytes from rank \(root)")
  }
}

private func checkGathering(_ all: any Collectives, count: Int) throws {
  let own = block(count, of: all.rank)
  let expected = (0..<all.worldSize).flatMap { block(count, of: $0) }
  var gathered = [UInt8](repeating: 0, count: expected.count)
  try own.withUnsafeBytes { own in
    try gathered.withUnsafeMutableBytes { try all.allGather(own, into: $0) }
  }
  try expectEqual(gathered, expected, "all blocks of \(count) bytes")

  for root in 0..<all.worldSize {
    var gathered = [UInt8](repeating: 0, count: all.rank == root ? expected.count : 0)
    try own.withUnsafeBytes { own in
      try gathered.withUnsafeMutableBytes { try all.gather(own, into: $0, at: root) }
    }
    try expectEqual(gathered, all.rank == root ? expected : [], "blocks of \(count) bytes at rank \(root)")
  }
}

/// Negative and positive, largest on the last rank or on the first, and beyond what a double can hold exactly.
private func checkExtremes(_ all: any Collectives) throws {
  let last = all.worldSize - 1
  func integers(_ rank: Int) -> [Int64] { [Int64(rank), Int64(-rank), Int64.max - Int64(rank)] }
  func doubles(_ rank: Int) -> [Double] { [0.25 * Double(rank), -1.5 - Double(rank), .infinity] }

  var (largest, smallest) = (integers(all.rank), integers(all.rank))
  try largest.withUnsafeMutableBufferPointer { try all.maximum($0) }
  try smallest.withUnsafeMutableBufferPointer { try all.minimum($0) }
  try expectEqual(largest, [Int64(last), 0, .max], "maximum of integers")
  try expectEqual(smallest, [0, Int64(-last), .max - Int64(last)], "minimum of integers")

  var (highest, lowest) = (doubles(all.rank), doubles(all.rank))
  try highest.withUnsafeMutableBufferPointer { try all.maximum($0) }
  try lowest.withUnsafeMutableBufferPointer { try all.minimum($0) }
  try expectEqual(highest, [0.25 * Double(last), -1.5, .infinity], "maximum of doubles")
  try expectEqual(lowest, [0, -1.5 - Double(last), .infinity], "minimum of doubles")
}

/// Equal digests pass; one that differs in its last bit is found and its rank named, on every rank.
private func checkDigests(_ all: any Collectives) throws {
  var digest = block(32, of: 0)
  try all.agreeOnDigest(digest)
  for other in 1..<max(all.worldSize, 1) {
    var changed = digest
    if all.rank == other { changed[31] ^= 1 }
    try expectDisagreement(of: [other], among: all) { try all.agreeOnDigest(changed) }
  }
  if all.rank == 0 { digest[0] ^= 1 }
  guard all.worldSize > 1 else { return }
  try expectDisagreement(of: all.worldSize == 2 ? [1] : [0], among: all) { try all.agreeOnDigest(digest) }
}

private func expectDisagreement(of ranks: [Int], among all: any Collectives, _ body: () throws -> Void) throws {
  do { try body() } catch let error as ReplicaDisagreement {
    try expectEqual(error.ranks, ranks, "ranks that differ")
    return
  }
  throw CheckFailure(description: "\(ranks) differ, but nobody noticed")
}
