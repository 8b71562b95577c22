import ArgumentParser

/// Numbers of hosts, as in `1,2,4,8`.
struct HostCounts: ExpressibleByArgument {
  let counts: [Int]

  init?(argument: String) {
    let counts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard counts.allSatisfy({ $0.map { (1...4096).contains($0) } ?? false }) else { return nil }
    self.counts = counts.compactMap(\.self)
  }
}
