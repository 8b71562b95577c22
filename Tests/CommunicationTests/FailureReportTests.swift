import Communication
import Testing

struct FailureReportTests {
  private func report(rank: Int, of worldSize: Int = 3, received: [Int: String] = [:]) -> FailureReport {
    var report = FailureReport(
      rank: rank, hosts: [String](repeating: "here", count: worldSize), failure: Failure(host: "here", message: "own"))
    for (rank, message) in received { report.add(Failure(host: "there", message: message), from: rank) }
    return report
  }

  @Test("A rank that receives nothing reports when its time is over")
  func aloneWithTheProblem() {
    #expect(report(rank: 2).verdict(timeIsOver: false) == .listen)
    #expect(report(rank: 2).verdict(timeIsOver: true) == .report)
    #expect(report(rank: 2).text(programName: "p") == "p: error: rank 2 (here): own\n")
  }

  @Test("When all have failed the lowest speaks at once", arguments: 0..<3)
  func allFailed(rank: Int) {
    let others = Dictionary(uniqueKeysWithValues: (0..<3).filter { $0 != rank }.map { ($0, "own") })
    let report = report(rank: rank, received: others)
    #expect(report.verdict(timeIsOver: false) == (rank == 0 ? .report : .standDown))
    #expect(report.text(programName: "p") == "p: error: own\n")
  }

  @Test("The lowest of several that failed speaks when its time is over")
  func someFailed() {
    #expect(report(rank: 1, received: [2: "other"]).verdict(timeIsOver: false) == .listen)
    #expect(report(rank: 1, received: [2: "other"]).verdict(timeIsOver: true) == .report)
    #expect(report(rank: 2, received: [1: "other"]).verdict(timeIsOver: true) == .standDown)
  }

  @Test("A rank stays silent once another speaks, however low it is")
  func anotherSpeaks() {
    var report = report(rank: 0, received: [1: "own", 2: "own"])
    report.anotherRankReports()
    #expect(report.verdict(timeIsOver: true) == .standDown)
  }

  @Test("Different problems get a line each, with the ranks that met them")
  func differentProblems() {
    let report = report(rank: 0, of: 5, received: [1: "other", 3: "other", 4: "own"])
    #expect(report.text(programName: "p") == "p: error: ranks 0 and 4: own\np: error: ranks 1 and 3: other\n")
  }

  @Test("A rank that runs alone is not numbered")
  func singleRank() {
    #expect(report(rank: 0, of: 1).verdict(timeIsOver: false) == .report)
    #expect(report(rank: 0, of: 1).text(programName: "p") == "p: error: own\n")
  }

  @Test(
    "What a rank tells the others arrives, cut to what fits",
    arguments: [
      "", "short", "zero \0 inside", String(repeating: "é", count: 10_000),
    ])
  func encoding(message: String) {
    let failure = Failure(host: "node-1", message: message)
    #expect(Failure(decoding: failure.encoded) == failure)
    #expect(failure.encoded.count <= Failure.capacity)
    #expect(message.utf8.count > 5000 || failure.message == message)
  }
}
