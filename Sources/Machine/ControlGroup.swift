/// What the control group of this process allows it: how containers and batch systems keep jobs small.
package struct ControlGroup: Equatable, Sendable {
  /// Cores' worth of time; nil if there is no limit.
  package let cores: Double?
  /// Bytes; nil if there is no limit.
  package let memory: Int?

  /// Limits of either version of control groups; of nested groups the tightest counts.
  package init(_ files: SystemFiles) {
    let groups = Self.groups(files.read("/proc/self/cgroup") ?? "")
    let memberships = groups.flatMap { group in Self.folders(group).map { (group.controllers, $0) } }
    cores = memberships.compactMap { Self.cores(files, $0.0, $0.1) }.min()
    memory = memberships.compactMap { Self.memory(files, $0.0, $0.1) }.min()
  }

  /// Lines are `4:cpu,cpuacct:/job/step` in version 1 and `0::/job/step` in version 2.
  private static func groups(_ text: String) -> [(controllers: [String], path: String)] {
    text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      return (parts[1].split(separator: ",").map(String.init), String(parts[2]))
    }
  }

  /// Where a group and those around it are mounted. Inside a container the path is often the host's, of which only the
  /// last folder, the root, is there.
  private static func folders(_ group: (controllers: [String], path: String)) -> [String] {
    let roots =
      group.controllers.isEmpty
      ? [""]
      : ["/\(group.controllers.joined(separator: ","))"]
        + group.controllers.map { "/\($0)" }
    let names = group.path.split(separator: "/")
    return roots.flatMap { root in
      (0...names.count).map { "/sys/fs/cgroup\(root)" + names.prefix($0).map { "/\($0)" }.joined() }
    }
  }

  private static func cores(_ files: SystemFiles, _ controllers: [String], _ folder: String) -> Double? {
    if controllers.isEmpty {
      let words = files.read("\(folder)/cpu.max")?.split(whereSeparator: \.isWhitespace) ?? []
      guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]) else { return nil }
      return quota / period
    }
    guard controllers.contains("cpu"), let quota = files.number("\(folder)/cpu.cfs_quota_us"), quota > 0,
      let period = files.number("\(folder)/cpu.cfs_period_us"), period > 0
    else { return nil }
    return Double(quota) / Double(period)
  }

  private static func memory(_ files: SystemFiles, _ controllers: [String], _ folder: String) -> Int? {
    if controllers.isEmpty { return files.number("\(folder)/memory.max") }
    guard controllers.contains("memory") else { return nil }
    // Version 1 says "no limit" by a number beyond any machine.
    return files.number("\(folder)/memory.limit_in_bytes").flatMap { $0 < 1 << 60 ? $0 : nil }
  }
}
