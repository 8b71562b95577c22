import Foundation
import TestSupport
import Testing

/// How `cluster/virtual/hosts.sh` puts hosts up and takes them down.
@Suite(.enabled(if: VirtualHosts.obstacle == nil, "\(VirtualHosts.obstacle ?? "")"))
struct HostsScriptTests {
  @Test("Two clusters stand beside each other; what is taken down leaves nothing, the other stays")
  func coexist() throws {
    let (first, second) = (VirtualHosts.unusedName(), VirtualHosts.unusedName())
    defer { for name in [first, second] { _ = try? hosts(name, "down") } }
    for name in [first, second] {
      #expect(try hosts(name, "up", "2").exitCode == 0)
      #expect(try hosts(name, "run", "ssh", "\(name)2", "hostname").stdout == "\(name)2\n")
    }
    #expect(try hosts(first, "down").exitCode == 0)
    try expectNothingLeft(of: first)
    #expect(try hosts(second, "run", "--on", "2", "hostname").stdout == "\(second)2\n")
    #expect(try hosts(second, "up", "1").exitCode == 0, "a cluster of the same name is replaced")
    #expect(try hosts(second, "run", "--on", "2", "hostname").exitCode != 0)
    #expect(try hosts(second, "down").exitCode == 0)
    #expect(try hosts(second, "down").exitCode == 0, "there is nothing to take down, which is no failure")
  }

  @Test("Hosts that cannot be put up leave nothing")
  func failure() throws {
    let name = VirtualHosts.unusedName()
    try temporaryDirectory { directory in
      // The second host gets no cable.
      let program = directory.appending(path: "ip").path
      try "#!/bin/bash\n[[ $* != *port2* ]] || exit 1\nPATH=${PATH#*:}\nexec ip \"$@\"\n".write(
        toFile: program, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      let outcome = try hosts(name, "up", "2", path: "\(directory.path):\(path)")
      #expect(outcome.exitCode != 0, "\(outcome)")
      try expectNothingLeft(of: name)
    }
  }

  private func expectNothingLeft(of name: String) throws {
    #expect(!(try run("ip", ["netns", "list"]).stdout.contains("mhvae-\(name)")))
    let state = FileManager.default.temporaryDirectory.appending(path: "mhvae-cluster-\(name)")
    #expect(!FileManager.default.fileExists(atPath: state.path))
  }

  private func hosts(_ name: String, _ arguments: String..., path: String? = nil) throws -> Outcome {
    try run(
      ClusterScript.path("cluster/virtual/hosts.sh"), ["--name", name] + arguments,
      environment: path.map { ["PATH": $0] } ?? [:], timeout: .seconds(120))
  }
}
