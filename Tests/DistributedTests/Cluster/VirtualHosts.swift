import Foundation
import TestSupport
import Testing

/// Hosts of `cluster/virtual/hosts.sh`, or Slurm on them, put up for one test and taken down after it.
struct VirtualHosts {
  /// Why there can be none here; `nil` if there can.
  static let obstacle = ClusterScript.obstacle(hostsScript, ["--name", "nothing", "down"])
  static let slurmObstacle = ClusterScript.obstacle(slurmScript, ["--name", "nothing", "down"])

  private static let (hostsScript, slurmScript) = ("cluster/virtual/hosts.sh", "cluster/virtual/slurm.sh")

  let count: Int
  private let script: String
  private let name = unusedName()

  /// A name that no other cluster has, also when tests run side by side.
  static func unusedName() -> String {
    String((0..<8).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement() ?? "x" })
  }

  /// Calls `body` while `count` hosts are up and no other job runs.
  static func with(_ count: Int, slurm: Bool = false, _ body: (VirtualHosts) throws -> Void) throws {
    let hosts = VirtualHosts(count: count, script: slurm ? slurmScript : hostsScript)
    try takingTurns {
      defer { _ = try? hosts.control(["down"], of: hostsScript) }
      try hosts.control(["up", "\(count)"], of: hosts.script)
      try body(hosts)
    }
  }

  /// Runs a program on the first host.
  func run(
    _ command: [String], timeout: Duration = .seconds(300), meanwhile: (ChildProcess) throws -> Void = { _ in }
  ) throws -> Outcome {
    // Ranks on other hosts get what decides about the bits of products here.
    let forwarded = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"].filter {
      ProcessInfo.processInfo.environment[$0] != nil
    }
    return try TestSupport.run(
      ClusterScript.path(script), ["--name", name, "run"] + command,
      environment: ["OMPI_MCA_mca_base_env_list": forwarded.joined(separator: ";")], timeout: timeout,
      meanwhile: meanwhile)
  }

  /// Runs `mhvae-dist` on as many ranks of every host.
  func mhvaeDist(ranksPerHost: Int, mapping: String = "slot", _ arguments: [String]) throws -> Outcome {
    try run(try command(ranksPerHost: ranksPerHost, mapping: mapping) + arguments)
  }

  /// What starts `mhvae-dist` on as many ranks of every host.
  /// - Parameter mapping: how `mpirun` deals ranks out; by default it fills host after host.
  func command(ranksPerHost: Int, mapping: String = "slot") throws -> [String] {
    let slots = (1...count).map { "\(name)\($0):\(ranksPerHost)" }.joined(separator: ",")
    return ["mpirun", "--host", slots, "--map-by", mapping, try product("mhvae-dist")]
  }

  /// The name of the last host.
  var last: String { "\(name)\(count)" }

  /// Pulls the network cable of the last host.
  func cut() throws { try control(["cut", "\(count)"], of: Self.hostsScript) }

  /// Puts it back.
  func join() throws { try control(["join", "\(count)"], of: Self.hostsScript) }

  /// Limits what every host sends and receives, `"off"` for no limit.
  func shape(_ rate: String) throws { try control(["shape", rate], of: Self.hostsScript) }

  /// Bytes that the last host has sent to others.
  func bytesSent() throws -> Int {
    let table = try control(["run", "--on", "\(count)", "cat", "/proc/net/dev"], of: Self.hostsScript)
    let link = try #require(table.stdout.split(separator: "\n").first { $0.contains("eth0:") })
    return try #require(Int(link.split(separator: " ")[9]))
  }

  @discardableResult
  private func control(_ arguments: [String], of script: String) throws -> Outcome {
    let outcome = try TestSupport.run(ClusterScript.path(script), ["--name", name] + arguments, timeout: .seconds(120))
    guard outcome.exitCode == 0 else { throw ProcessError(description: "\(script): \(outcome)") }
    return outcome
  }
}
