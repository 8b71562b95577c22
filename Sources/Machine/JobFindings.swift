/// What all hosts should have in common.
func differences(_ nodes: [Node]) -> [Finding] {
  func difference(_ what: String, advice: String, _ value: (RankFacts) -> String) -> [Finding] {
    let hosts = Dictionary(grouping: nodes) { value($0.ranks[0]) }.mapValues { $0.map(\.host.name) }
    guard hosts.count > 1 else { return [] }
    let groups = hosts.sorted { $0.value[0] < $1.value[0] }.map { "\($0.key) on \(Names.phrase($0.value))" }
    return [Finding(.hostsDiffer, "hosts differ in \(what): \(groups.joined(separator: "; "))", advice: advice)]
  }
  return difference("the build of the program", advice: "run the same file everywhere") { $0.software.build }
    + difference("OpenBLAS", advice: "use the same everywhere") { $0.software.openBLAS }
    + difference(
      "OpenBLAS's kernels", advice: "name the oldest for all: mpirun -x OPENBLAS_CORETYPE=NAME"
    ) { $0.software.kernels }
    + difference(
      "bf16 products", advice: "train with precision f32, or on hosts of one kind: sums differ in their last bits"
    ) { $0.software.bf16 ?? "none" }
    + difference("the MPI library", advice: "use the same everywhere") { $0.software.mpi }
    + difference("processors", advice: "the slowest decides the speed of all") { $0.host.processor }
}

func networks(_ nodes: [Node]) -> [Finding] {
  var findings: [Finding] = []
  let names = Dictionary(grouping: nodes, by: \.host.name).filter { $1.count > 1 }.keys.sorted()
  for name in names {
    findings.append(
      Finding(
        .hostNames, "several hosts, or containers of one host, are called \(name), and share no memory",
        advice: "give each a name of its own, or let the ranks of a host share /dev/shm (containers: --ipc=host)"))
  }
  let interfaces = nodes.flatMap { Set($0.host.interfaces.map { [$0.name, $0.address] }) }
  let repeated = Set(Dictionary(grouping: interfaces) { $0 }.filter { $1.count > 1 }.keys.map { $0[0] }).sorted()
  if !repeated.isEmpty {
    findings.append(
      Finding(
        .network,
        "several hosts have the same address on \(repeated.joined(separator: ", ")): nobody can be reached there",
        advice: "name the network that connects them: --mca btl_tcp_if_include A.B.C.D/N "
          + "--mca oob_tcp_if_include A.B.C.D/N"))
  }
  return findings
}

func libraries(_ ranks: [RankFacts]) -> [Finding] {
  guard let software = ranks.first?.software else { return [] }
  var findings: [Finding] = []
  if !software.mpi.contains(software.mpiBuiltWith) {
    findings.append(
      Finding(
        .libraries, "built with MPI \(software.mpiBuiltWith), running with \(software.mpi)",
        advice: "build again where this MPI is"))
  }
  if software.hdf5 != software.hdf5BuiltWith {
    findings.append(
      Finding(
        .libraries, "built with HDF5 \(software.hdf5BuiltWith), running with \(software.hdf5)",
        advice: "build again where this HDF5 is"))
  }
  return findings
}
