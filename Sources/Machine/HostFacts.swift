internal import Glibc

/// What a host has.
package struct HostFacts: Codable, Equatable, Sendable {
  package var name: String
  /// The model of its processors.
  package var processor: String
  /// Cores of the host, whoever may use them; two hardware threads of one core count once.
  package var coreCount: Int
  /// Cores' worth of time that the control group allows.
  package var coreLimit: Double?
  /// Bytes of memory, or of what the control group allows if that is less.
  package var memory: Int
  /// Bytes that nobody uses.
  package var availableMemory: Int
  /// Free bytes of `/dev/shm`; nil if there is none.
  package var sharedMemory: Int?
  /// Bytes in `/dev/shm` that ranks left behind which were killed; nil if unknown.
  package var leftoverSharedMemory: Int?
  /// `TMPDIR`; nil if it is not set.
  package var temporaryDirectory: String?
  package var interfaces: [NetworkInterface]

  /// - Parameter sharedMemory: as MPI's windows would find it.
  package init(name: String, sharedMemory: Int?, _ files: SystemFiles = .real) {
    let group = ControlGroup(files)
    func bytes(_ key: String) -> Int {
      (files.value(key, in: "/proc/meminfo")?.split(separator: " ").first).flatMap { Int($0) }.map { $0 << 10 } ?? 0
    }
    self.name = name
    self.sharedMemory = sharedMemory
    processor = files.value("model name", in: "/proc/cpuinfo") ?? "unknown"
    coreCount = Cores.online(files).numbers.count
    coreLimit = group.cores
    memory = min(bytes("MemTotal"), group.memory ?? .max)
    availableMemory = Self.availableMemory(files) ?? 0
    interfaces = NetworkInterface.all(files)
  }

  /// Bytes of memory that nobody uses, or what the control group allows if that is less; nil if the system does not say.
  package static func availableMemory(_ files: SystemFiles = .real) -> Int? {
    let text = files.value("MemAvailable", in: "/proc/meminfo")?.split(separator: " ").first
    return text.flatMap { Int($0) }.map { min($0 << 10, ControlGroup(files).memory ?? .max) }
  }
}

/// Cores behind the processors that Linux counts: hardware threads of one core are one.
package enum Cores {
  /// Each core by the lowest of its processors.
  package static func of(_ processors: CPUList, _ files: SystemFiles) -> CPUList {
    CPUList(
      processors.numbers.map { number in
        let siblings = files.read("/sys/devices/system/cpu/cpu\(number)/topology/thread_siblings_list")
        return siblings.flatMap { CPUList($0) }?.numbers.first ?? number
      })
  }

  static func online(_ files: SystemFiles) -> CPUList {
    let online = files.read("/sys/devices/system/cpu/online").flatMap { CPUList($0) }
    return of(online ?? allowedProcessors(files), files)
  }

  /// Processors that this process may run on: its binding, within what the batch system gave.
  package static func allowedProcessors(_ files: SystemFiles) -> CPUList {
    files.value("Cpus_allowed_list", in: "/proc/self/status").flatMap { CPUList($0) } ?? CPUList([])
  }
}
