/// Floats of the gradient that travel between nodes together unless settings say otherwise: 131 072, or more where many
/// nodes would cut that into messages so short that less costs as much.
/// - Parameter localRanks: of the smallest node.
package func defaultBucketCount(nodes: Int, localRanks: Int) -> Int {
  let leastPiece = 4096
  return max(1 << 17, leastPiece * localRanks * nodes)
}
