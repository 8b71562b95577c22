import Communication
import Testing

struct StallSummaryTests {
  private let hosts = ["node1", "node1", "node2", "node2"]
  private let forward = RankProgress(step: 120, .forward)
  private let norms = RankProgress(step: 120, .normExchange)

  private func text(_ waiting: [Int: Stall], hosts: [String]? = nil) -> String {
    StallSummary(waiting: waiting, hosts: hosts ?? self.hosts).description
  }

  @Test("Who does not answer is named with its host, and where it should have come")
  func unknownProgress() {
    let text = text([
      0: Stall(seconds: 300, progress: norms), 2: Stall(seconds: 299, progress: norms),
      3: Stall(seconds: 1, progress: norms),
    ])
    #expect(
      text.hasPrefix(
        "rank 1 (node1) has not answered for 300 s and not reached step 120, exchange of batch norms, where ranks 0, 2 "
          + "and 3 waited. "))
  }

  @Test("A neighbour knows where it was")
  func knownProgress() {
    let waiting = [
      0: Stall(seconds: 300, progress: norms, neighbours: [1: forward]), 2: Stall(seconds: 300, progress: norms),
      3: Stall(seconds: 300, progress: norms, neighbours: [2: norms]),
    ]
    #expect(
      text(waiting).hasPrefix(
        "rank 1 (node1) has not answered for 300 s; it had last reached step 120, forward pass. Ranks 0, 2 and 3 waited "
          + "in step 120, exchange of batch norms. "))
  }

  @Test("Of more neighbours than a message holds, those behind the others are told")
  func manyNeighbours() throws {
    var neighbours = Dictionary(uniqueKeysWithValues: (1..<400).map { ($0, norms) })
    neighbours[390] = forward
    let stall = try #require(Stall(decoding: Stall(seconds: 1, progress: norms, neighbours: neighbours).encoded))
    #expect(stall.neighbours.count == 200 && stall.neighbours[390] == forward)
  }

  @Test("A host that was cut off is named once")
  func host() {
    let waiting = [0: Stall(seconds: 5, progress: norms), 1: Stall(seconds: 5, progress: norms)]
    #expect(text(waiting).hasPrefix("ranks 2 and 3 (node2) have not answered for 5 s and not reached "))
    #expect(
      text([1: Stall(seconds: 5, progress: norms)]).hasPrefix(
        "rank 0 (node1) and ranks 2 and 3 (node2) have not answered "))
  }

  @Test("When all wait, nobody is blamed")
  func everybody() {
    let waiting = [0: Stall(seconds: 5, progress: norms), 1: Stall(seconds: 4, progress: forward)]
    #expect(
      text(waiting, hosts: ["a", "b"]).hasPrefix(
        "all ranks have waited for each other for 5 s, in step 120, forward pass:"))
  }

  @Test("A report of ranks that waited is one line; it gives way to what happened elsewhere")
  func report() {
    var report = FailureReport(
      rank: 0, hosts: hosts, failure: Failure(host: "node1", stall: Stall(seconds: 5, progress: norms)))
    report.add(Failure(host: "node2", stall: Stall(seconds: 5, progress: norms, neighbours: [3: forward])), from: 2)
    report.add(Failure(host: "node1", stall: Stall(seconds: 5, progress: norms)), from: 1)
    let line = report.text(programName: "p")
    #expect(
      line.hasPrefix("p: error: rank 3 (node2) has not answered for 5 s; it had last reached step 120, forward pass"))
    #expect(line.split(separator: "\n").count == 1)
    report.add(Failure(host: "node2", message: "no such file"), from: 3)
    #expect(report.text(programName: "p") == "p: error: rank 3 (node2): no such file\n")
  }

  @Test("What a rank says of its wait arrives", arguments: [0, 1, 7, 300])
  func encoding(neighbours: Int) {
    let places = (0..<neighbours).map { ($0, RankProgress(step: Int64($0) << 40, .saving)) }
    let stall = Stall(seconds: 300, progress: norms, neighbours: Dictionary(uniqueKeysWithValues: places))
    let failure = Failure(host: "node1", stall: stall)
    #expect(failure.encoded.count <= Failure.capacity)
    let found = Failure(decoding: failure.encoded)
    #expect(found.stall?.progress == norms && found.stall?.seconds == 300)
    #expect(found.stall?.neighbours.count == min(neighbours, 200))
    #expect(found.stall?.neighbours.allSatisfy { $0.value == RankProgress(step: Int64($0.key) << 40, .saving) } == true)
  }

  @Test("A rank's place goes with its steps and phases, also after it moved to shared memory")
  func progress() {
    let progress = ProgressBoard()
    #expect("\(progress.own)" == "the start")
    progress.begin(step: 41)
    progress.enter(.validation)
    #expect("\(progress.own)" == "validation after step 40")
    let shared = UnsafeMutablePointer<Int64>.allocate(capacity: 2)
    defer { shared.deallocate() }
    shared.initialize(repeating: RankProgress(step: 7, .saving).packed, count: 2)
    progress.share(in: shared, neighbours: [(3, shared + 1)])
    progress.enter(.backward)
    #expect(RankProgress(packed: shared[0]) == RankProgress(step: 41, .backward))
    #expect(progress.ofNeighbours == [3: RankProgress(step: 7, .saving)])
    progress.share(in: shared, neighbours: [])
  }
}
