internal import Glibc

/// An address by which other hosts may reach this one.
package struct NetworkInterface: Codable, Hashable, Sendable {
  package var name: String
  package var address: String
  /// As `btl_tcp_if_include` takes it: `10.0.0.0/24`.
  package var network: String
  /// Of the link, if the driver tells.
  package var megabitsPerSecond: Int?

  package init(name: String, address: String, network: String, megabitsPerSecond: Int?) {
    (self.name, self.address, self.network) = (name, address, network)
    self.megabitsPerSecond = megabitsPerSecond
  }

  /// Those of this host that are up and have an IPv4 address, without the loopback.
  package static func all(_ files: SystemFiles) -> [NetworkInterface] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var found: [NetworkInterface] = []
    var next = first
    while let entry = next?.pointee {
      next = entry.ifa_next
      let isUp = entry.ifa_flags & UInt32(IFF_UP) != 0
      let isLoopback = entry.ifa_flags & UInt32(IFF_LOOPBACK) != 0
      guard isUp, !isLoopback, let address = ipv4(entry.ifa_addr), let mask = ipv4(entry.ifa_netmask) else { continue }
      let name = String(cString: entry.ifa_name)
      found.append(
        NetworkInterface(
          name: name, address: dotted(address), network: "\(dotted(address & mask))/\(mask.nonzeroBitCount)",
          megabitsPerSecond: files.number("/sys/class/net/\(name)/speed").flatMap { $0 > 0 ? $0 : nil }))
    }
    return found
  }

  private static func ipv4(_ address: UnsafeMutablePointer<sockaddr>?) -> UInt32? {
    guard let address, address.pointee.sa_family == sa_family_t(AF_INET) else { return nil }
    return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
      UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
    }
  }

  private static func dotted(_ address: UInt32) -> String {
    stride(from: 24, through: 0, by: -8).map { "\(address >> UInt32($0) & 255)" }.joined(separator: ".")
  }
}
