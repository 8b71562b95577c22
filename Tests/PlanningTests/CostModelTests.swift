import GradientExchange
import Planning
import Testing

/// The cost model against sums done by hand. Times are small whole numbers of seconds for that.
@Suite struct CostModelTests {
  /// One bucket of 1000 floats, complete one second before the passes end.
  private static let parameters = 1000
  private func timeline(optimizer: Double = 0, floats: Double = 7) -> StepTimeline {
    StepTimeline(
      events: [.sum(bytes: 0), .gradients(0..<Self.parameters), .end, .sum(bytes: 0)], seconds: [2, 3, 1, 0],
      optimizer: optimizer, floatsPerParameter: floats, parameterCount: Self.parameters)
  }

  private func cluster(
    _ hosts: Int, _ ranks: Int = 1, bytesPerSecond: Double = 1e9, latency: Double = 0,
    costs: MessageCosts = MessageCosts(perByte: 0, perMessage: 0, barrier: 0)
  ) -> Cluster {
    Cluster(
      hosts: hosts, ranksPerHost: ranks, gigabitsPerSecond: bytesPerSecond * 8e-9, latency: latency, costs: costs)
  }

  private func predict(_ cluster: Cluster, optimizer: Double = 0, floats: Double = 7) throws -> StepPrediction {
    let timeline = timeline(optimizer: optimizer, floats: floats)
    let plan = Plan(batch: .global(1 << 20), timelines: TimelineFamily([1: timeline, 2: timeline]))
    return try plan.step(on: cluster).prediction
  }

  /// Equal but for the rounding of a few additions.
  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * max(1, abs(b)) }

  @Test("A batch that grows with the ranks keeps them busy: only the exchange costs")
  func weakScaling() throws {
    let plan = Plan(
      batch: .perRank(2), timelines: TimelineFamily([1: timeline(optimizer: 1), 2: timeline(optimizer: 1)]))
    // 4000 bytes each way take 4 s, of which the last second of the passes hides one; alone a step takes 7 s.
    let step = try plan.step(on: cluster(2, bytesPerSecond: 1000))
    #expect(step.batchSize == 4 && step.rowsPerRank == 2 && isClose(step.prediction.step, 10))
    #expect(isClose(step.imagesPerSecond, 4.0 / 10) && isClose(plan.aloneImagesPerSecond, 2.0 / 7))
    #expect(isClose(step.efficiencyOverOneRank, 0.7) && isClose(step.efficiencyOverOneHost, 0.7))
    // In bf16 2 s, of which one is hidden.
    var half = cluster(2, bytesPerSecond: 1000)
    half.wire = .bf16
    #expect(isClose(try plan.step(on: half).prediction.step, 8))
  }

  @Test("One rank only computes, whatever the network costs")
  func oneRank() throws {
    let prediction = try predict(cluster(1, bytesPerSecond: 1, latency: 100, costs: MessageCosts()), optimizer: 7)
    #expect(prediction.arithmetic == 6 && prediction.optimizer == 7 && prediction.step == 13)
    #expect(prediction.exchangeShare == 0)
  }

  @Test("Ranks of one host meet, share Adam's work and do without the network")
  func oneHost() throws {
    let costs = MessageCosts(perByte: 1, perMessage: 1, barrier: 0.5)
    let prediction = try predict(cluster(1, 2, bytesPerSecond: 1, latency: 100, costs: costs), optimizer: 7)
    // Two sums, one barrier before Adam, one after. Adam: 8 floats instead of 7 a parameter, half of them each.
    #expect(prediction.arithmetic == 6 && prediction.sums == 1 && prediction.gradients == 0.5)
    #expect(isClose(prediction.optimizer, 4.5))
    // With averages 10 floats instead of 9; of two hosts each rank has all nine.
    #expect(isClose(try predict(cluster(1, 2, costs: costs), optimizer: 9, floats: 9).optimizer, 5.5))
    #expect(isClose(try predict(cluster(2), optimizer: 9, floats: 9).optimizer, 9))
  }

  @Test("Gradients travel while the passes go on, and are waited for when they take longer")
  func overlap() throws {
    // Two hosts: 4000 bytes each way. 4 s of travel, 1 s of which is hidden; 0.5 s, all hidden.
    #expect(isClose(try predict(cluster(2, bytesPerSecond: 1000)).gradients, 3))
    #expect(isClose(try predict(cluster(2, bytesPerSecond: 8000)).gradients, 0))
    // Four hosts send 1.5 times the bytes, and so do two ranks on each of them together.
    #expect(isClose(try predict(cluster(4, bytesPerSecond: 1000)).gradients, 5))
    #expect(isClose(try predict(cluster(4, 2, bytesPerSecond: 1000)).gradients, 5))
  }

  @Test(
    "Latency counts once a round of a sum, and twice for gradients", arguments: [(2, 1), (3, 2), (4, 2), (1024, 10)])
  func latency(hosts: Int, rounds: Int) throws {
    let prediction = try predict(cluster(hosts, bytesPerSecond: 1e15, latency: 2))
    #expect(isClose(prediction.sums, Double(2 * rounds * 2)))
    #expect(isClose(prediction.gradients, 2 * 2 - 1))
  }

  @Test("Messages cost the ranks' own time")
  func messageCosts() throws {
    // Two hosts: 4000 bytes sent and 4000 received; two messages sent and two received.
    let bytes = MessageCosts(perByte: 0.001, perMessage: 0, barrier: 0)
    #expect(isClose(try predict(cluster(2, bytesPerSecond: 1e12, costs: bytes)).gradients, 8))
    let messages = MessageCosts(perByte: 0, perMessage: 0.25, barrier: 0)
    #expect(isClose(try predict(cluster(2, bytesPerSecond: 1e12, costs: messages)).gradients, 1))
  }

  @Test("A faster link never makes a step longer, and a slow one is what decides")
  func monotonicInLink() throws {
    let steps = try [1.0, 10, 100, 1000, 1e4, 1e6].map {
      try predict(cluster(8, 4, bytesPerSecond: $0, latency: 0.1, costs: MessageCosts()), optimizer: 7).step
    }
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 >= $1 }, "\(steps)")
    #expect(steps[0] > 7000 && steps[0] < 7100, "7000 bytes at one a second")
  }
}

@Suite struct PlanTests {
  private func timeline(_ seconds: Double) -> StepTimeline {
    StepTimeline(events: [.end], seconds: [seconds], optimizer: 0, floatsPerParameter: 7, parameterCount: 16)
  }

  private func cluster(_ hosts: Int, _ ranks: Int) -> Cluster {
    Cluster(
      hosts: hosts, ranksPerHost: ranks, gigabitsPerSecond: 1e9, latency: 0,
      costs: MessageCosts(perByte: 0, perMessage: 0, barrier: 0))
  }

  @Test("Times of other numbers of rows lie on lines through those that were measured")
  func interpolation() {
    let family = TimelineFamily([2: timeline(10), 4: timeline(12), 8: timeline(20)])
    let expected = [1: 9.0, 2: 10, 3: 11, 4: 12, 6: 16, 8: 20, 16: 36]
    for (rows, seconds) in expected { #expect(family.timeline(rows: rows).seconds == [seconds], "\(rows) rows") }
  }

  @Test("Efficiency counts the ranks, and the rank that has most rows decides")
  func efficiency() throws {
    // 2 seconds and 1 for each row.
    let plan = Plan(batch: .global(8), timelines: TimelineFamily([2: timeline(4), 8: timeline(10)]))
    let step = try plan.step(on: cluster(3, 1))
    #expect(step.rowsPerRank == 3 && step.prediction.arithmetic == 5)
    #expect(abs(step.efficiencyOverOneRank - 10.0 / 15) < 1e-6)
    let hosts = try plan.step(on: cluster(4, 2))
    #expect(hosts.rowsPerRank == 1)
    // One host of two ranks takes 6 seconds, four take 3.
    #expect(abs(hosts.efficiencyOverOneHost - 0.5) < 1e-6)
    #expect(abs(hosts.efficiencyOverOneRank - 10.0 / 24) < 1e-6)
    #expect(abs(hosts.imagesPerSecond - 8.0 / 3) < 1e-6)
  }

  @Test("A batch with fewer rows than ranks is refused, and says so")
  func smallBatch() {
    let plan = Plan(batch: .global(8), timelines: TimelineFamily([2: timeline(4)]))
    let error = #expect(throws: (any Error).self) { try plan.step(on: cluster(3, 3)) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("smaller than the 9 ranks of 3 hosts"))
  }

  @Test("A slower processor takes longer in proportion")
  func otherProcessors() {
    let plan = Plan(batch: .global(8), timelines: TimelineFamily([2: timeline(4), 8: timeline(10)]))
    #expect(plan.scaled(by: 3).aloneSeconds == 30)
  }
}
