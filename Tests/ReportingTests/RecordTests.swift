import Foundation
import Reporting
import Runs
import Testing
import Training

@Suite struct RecordTests {
  @Test("Lines that were torn are left out, numbers that are none are read")
  func tornLines() throws {
    let files = RunFiles(
      metrics: metricsLine(epoch: 1, elbo: "\"NaN\"") + metricsLine(epoch: 2) + "{\"epoch\":3,",
      steps: "{\"epoch\":1,\"loss\":\"Infinity\",\"step\":1}\n{\"epoch\":1,\"loss\":4,\"step\":2}\nx")
    try files.read { record in
      #expect(record.epochs.map(\.epoch) == [1, 2] && record.epochs[0].training.elbo.isNaN)
      #expect(record.steps.map(\.loss) == [.infinity, 4])
      #expect(record.bestEpoch?.epoch == 2 && record.seconds == 4 && record.name == "run")
    }
  }

  @Test("The journal is told as sessions and warnings")
  func journal() throws {
    try RunFiles(journal: journalLines(warning: "slow")).read { record in
      #expect(record.sessions.map(\.began) == ["2026-11-23T20:00:00Z", "2026-11-23T21:00:00Z"])
      #expect(record.sessions[0].end?.cause == "SIGTERM" && record.sessions[1].end == nil)
      #expect(record.warnings.map(\.text) == ["slow", "other"] && record.warnings.map(\.count) == [2, 1])
      #expect(record.dataPath == "/data/small.h5")
    }
  }

  @Test("An evaluation that is older than the run is said to be so", arguments: [(2, 0), (4, 1)])
  func age(epochs: Int, notes: Int) throws {
    var files = RunFiles(metrics: (1...epochs).map { metricsLine(epoch: $0) }.joined())
    files.evaluation = smallEvaluation()
    try files.read { record in
      #expect(record.notesOnAge.count == notes)
      #expect(notes == 0 || record.notesOnAge == ["evaluation.json is of epoch 2, the run has 4."])
    }
  }

  @Test("A directory without a run is an error")
  func noRun() {
    #expect(throws: RunError.self) { try RunRecord(reading: RunDirectory("/nowhere")) }
  }
}

/// A journal of two sessions, the first of which was stopped.
/// - Parameters: what its entries say.
func journalLines(
  warning: String, dataName: String = "small", data: String = "/data/small.h5", host: String = "node1",
  software: String = "mhvae-dist", exchange: String = "shared", cause: String = "SIGTERM"
) -> String {
  func start(_ epoch: Int) -> String {
    """
    {"data":\(json(data)),"data_name":\(json(dataName)),"epoch":\(epoch),"exchange":\(json(exchange)),\
    "hosts":[{"cores":2,"name":\(json(host)),"processor":\(json(host)),"ranks":2}],\
    "rows":{"test":20,"train":80,"validation":0},"software":[\(json(software))],"step":\(10 * epoch),"threads":1,\
    "world_size":2}
    """
  }
  return """
    {"started":\(start(0)),"time":"2026-11-23T20:00:00Z"}
    {"time":"2026-11-23T20:01:00Z","warning":\(json(warning))}
    {"time":"2026-11-23T20:02:00Z","warning":\(json(warning))}
    {"ended":{"cause":\(json(cause)),"epoch":1,"step":10},"time":"2026-11-23T20:03:00Z"}
    {"started":\(start(1)),"time":"2026-11-23T21:00:00Z"}
    {"time":"2026-11-23T21:01:00Z","warning":"other"}

    """
}
