import MPIShim

/// The number of logical processors that the ranks of this node may use, all of them together, by their affinity masks.
/// Quotas of control groups are not masks: `doctor` warns of those. Collective over the node.
/// - Parameter node: the ranks of this node.
func usableProcessorCount(_ node: MPICommunicator) throws(MPIError) -> Int {
  let bytes = Int(MPISHIM_PROCESSOR_MASK_BYTES)
  var own = [UInt8](repeating: 0, count: bytes)
  own.withUnsafeMutableBufferPointer { mpishim_processor_mask($0.baseAddress) }
  var masks = [UInt8](repeating: 0, count: bytes * node.worldSize)
  let result: Result<Void, MPIError> = own.withUnsafeBytes { block in
    masks.withUnsafeMutableBytes { blocks in
      Result { () throws(MPIError) in try node.allGather(block, into: blocks) }
    }
  }
  try result.get()
  return (0..<bytes).reduce(0) { count, byte in
    let union = stride(from: byte, to: masks.count, by: bytes).reduce(UInt8(0)) { $0 | masks[$1] }
    return count + union.nonzeroBitCount
  }
}
