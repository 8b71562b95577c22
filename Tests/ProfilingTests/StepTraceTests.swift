import Communication
import Foundation
import Profiling
import TestSupport
import Testing

struct StepTraceTests {
  /// Names of the complete events in the order of the file; nil while there is none.
  private func names(_ path: String) throws -> [String]? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let events = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    return events.filter { $0["ph"] as? String == "X" }.compactMap { $0["name"] as? String }
  }

  private func trace(_ path: String, warnings: @escaping (String) -> Void = { _ in }) -> StepTrace {
    StepTrace(path: path, host: #"a "quoted" host"#, collectives: SingleRank(), warn: warnings)
  }

  @Test("The file is there after the last traced step, not after the last step; then nothing is traced any more")
  func written() throws {
    try temporaryDirectory { directory in
      let path = directory.appending(path: "trace.json").path
      let (trace, timer) = (trace(path), StepTimer(ProgressBoard()))
      timer.measure(.input) {}
      try trace.begin(timer, firstStep: 7)
      for step in 1...StepTrace.stepCount(worldSize: 1) {
        #expect(try names(path) == nil, "before the end of step \(step)")
        timer.measure(.forward) { timer.measure(.normExchange) {} }
        try trace.stepEnded()
      }
      let expected = (7..<207).flatMap { ["step \($0)", "exchange of norms", "forward"] }
      #expect(try names(path) == expected)
      timer.measure(.forward) {}
      try trace.stepEnded()
      try trace.finish()
      #expect(try names(path) == expected)
    }
  }

  @Test("A run with fewer steps has them all")
  func short() throws {
    try temporaryDirectory { directory in
      let path = directory.appending(path: "trace.json").path
      let (trace, timer) = (trace(path), StepTimer(ProgressBoard()))
      try trace.begin(timer, firstStep: 1)
      timer.measure(.optimizer) {}
      try trace.stepEnded()
      try trace.finish()
      #expect(try names(path) == ["step 1", "Adam"])
    }
  }

  @Test("A disk that fails in the meantime brings a warning, not the end of training")
  func failingDisk() throws {
    var warnings: [String] = []
    let trace = trace("/nonexistent/trace.json") { warnings.append($0) }
    try trace.begin(StepTimer(ProgressBoard()), firstStep: 1)
    try trace.finish()
    #expect(warnings.count == 1 && warnings[0].contains("/nonexistent/trace.json"), "\(warnings)")
  }

  @Test("Many ranks trace fewer steps, never none")
  func stepCounts() {
    #expect([1, 64, 128, 100_000].map(StepTrace.stepCount(worldSize:)) == [200, 200, 100, 10])
  }
}
