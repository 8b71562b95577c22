import Communication
import Evaluation
import Foundation
import Storage
import TestSupport
import Testing

/// Rows of a model of which all is known.
struct ApplyTests {
  private static let rows: [LinearGaussian.Row] = [
    ([0.5, 0.25], 1), ([1.5, -2], nil), (nil, -1.5), ([-0.75, 1], -0.5), (nil, 0.25), ([0, 0], nil), ([2, -3], 3),
  ]

  /// Applies the model and calls `body` with the file.
  private func withResult(
    _ request: ApplyRequest, excess: Double = 0, standardises: Bool = true,
    _ body: (borrowing HDF5File, ApplySummary) throws -> Void
  ) throws {
    try temporaryDirectory { directory in
      let (data, output) = (directory.appending(path: "data.h5").path, directory.appending(path: "rows.h5").path)
      try LinearGaussian.pack(Self.rows, standardises: standardises, to: data)
      let trained = try LinearGaussian.trained(excess: excess, fingerprint: "another")
      let application = try RowApplication(trained, data: data, trainingData: nil, request)
      let summary = try application.write(
        to: output, replacing: false, continues: false, collectives: SingleRank()
      ) { _, _ in }
      try body(try HDF5File.open(output), try #require(summary))
      #expect(!FileManager.default.fileExists(atPath: output + ".progress"))
    }
  }

  private func request(_ outputs: Set<ApplyOutput>, samples: Int = 10_000) -> ApplyRequest {
    ApplyRequest(splits: [.test], outputs: outputs, samples: samples, draws: 2000, seed: 1)
  }

  /// Proposals whose variances are 5 % too large leave weights with a standard deviation of 3.5 %, and so an error of
  /// 3.5e-4 with 10 000 draws.
  @Test("Scores are the exact densities of what rows have", arguments: [true, false])
  func exactScores(standardises: Bool) throws {
    try withResult(request([.scores]), excess: 0.05, standardises: standardises) { file, summary in
      let (scores, sizes) = (try file.readDoubles("score").values, try file.readDoubles("score_sample_size").values)
      for (row, observed) in Self.rows.enumerated() {
        let expected = LinearGaussian.logDensity(x: observed.x, y: observed.y)
        #expect(abs(scores[row] - expected) < 1e-3, "row \(row): found \(scores[row]), expected \(expected)")
        #expect(sizes[row] > 9900 && sizes[row] < 10_000, "\(sizes[row])")
      }
      #expect(try file.read("source_row", as: Int64.self).values == (100..<107).map { Int64($0) })
      #expect(try file.attribute("quantity") == "log p(x, y)")
      #expect(try file.attributeInteger("is_training_data") == 0)
      #expect(summary.uncertainScores == 0 && summary.scoredRows == 7)
      let lowest = try #require(scores.indices.min { scores[$0] < scores[$1] })
      #expect(summary.unusualRows?.first?.row == lowest && summary.unusualRows?.count == 7)
    }
  }

  @Test("A conditional score is the difference of two densities, and absent where nothing is scored")
  func conditionalScores() throws {
    var request = request([.scores], samples: 40_000)
    (request.given, request.targets) = ([0], [1])
    try withResult(request) { file, summary in
      let scores = try file.readDoubles("score").values
      for (row, observed) in Self.rows.enumerated() {
        guard let y = observed.y else {
          #expect(scores[row].isNaN)
          continue
        }
        let expected =
          LinearGaussian.logDensity(x: observed.x, y: y) - LinearGaussian.logDensity(x: observed.x, y: nil)
        // p(y|z) has a standard deviation of about its mean's size where z comes from x or the prior.
        #expect(abs(scores[row] - expected) < 0.03, "row \(row): found \(scores[row]), expected \(expected)")
      }
      #expect(try file.attribute("quantity") == "log p(y | x)")
      #expect(summary.scoredRows == 5)
    }
  }

  /// The experts are so much too wide that draws without weights would be 15 % too far apart; the weights are worth
  /// three in five draws or more.
  ///
  /// Of 10 000 draws the error of a mean is a hundredth of a standard deviation, that of a variance 1.4 %; of 501 draws
  /// the error of a median 5.6 % of a standard deviation; of 2000 the error of a mean 2.2 %.
  @Test("Imputed means, deviations, medians and draws are those of the exact conditionals, in the unit of the file")
  func exactImputation() throws {
    try withResult(request([.means, .deviations, .medians, .draws, .filled]), excess: 1) { file, _ in
      let means = (x: try file.readFloats("mean/x").values, y: try file.readFloats("mean/y").values)
      let deviations = (x: try file.readFloats("deviation/x").values, y: try file.readFloats("deviation/y").values)
      let medians = try file.readFloats("median/y").values
      let (draws, filled) = (try file.readFloats("draws/y").values, try file.readFloats("filled/y").values)
      let sizes = try file.readDoubles("imputation_sample_size").values.filter { !$0.isNaN }
      #expect(sizes.count == 4 && sizes.allSatisfy { $0 > 6000 && $0 < 9900 }, "\(sizes)")
      #expect(try file.readFloats("imputed/x").values == [0, 0, 1, 0, 1, 0, 0])
      #expect(try file.readFloats("imputed/y").values == [0, 1, 0, 0, 0, 1, 0])
      for (row, observed) in Self.rows.enumerated() {
        let z = LinearGaussian.posterior(x: observed.x, y: observed.y)
        if let y = observed.y {
          #expect(filled[row] == 10 + 3 * y, "what is there stays to the bit")
          #expect(means.y[row].isNaN && medians[row].isNaN && draws[2000 * row].isNaN)
        } else {
          let mean = 10 + 3 * (LinearGaussian.u * z.mean + LinearGaussian.c)
          let deviation =
            3 * (LinearGaussian.u * LinearGaussian.u * z.variance + exp(LinearGaussian.t)).squareRoot()
          close(means.y[row], mean, 0.01 * deviation, "mean")
          close(deviations.y[row], deviation, 0.01 * deviation, "deviation")
          close(medians[row], mean, 0.056 * deviation, "median")
          #expect(filled[row] == means.y[row])
          let drawn = draws[2000 * row..<2000 * (row + 1)].map { Double($0) }
          let drawnMean = drawn.reduce(0, +) / 2000
          let spread = (drawn.reduce(0) { $0 + ($1 - drawnMean) * ($1 - drawnMean) } / 1999).squareRoot()
          close(Float(drawnMean), mean, 0.022 * deviation, "mean of draws")
          close(Float(spread), deviation, 0.016 * deviation, "deviation of draws")
        }
        guard observed.x == nil else { continue }
        for i in 0..<2 {
          let deviation = (LinearGaussian.w[i] * LinearGaussian.w[i] * z.variance + exp(LinearGaussian.s)).squareRoot()
          close(
            means.x[2 * row + i], LinearGaussian.w[i] * z.mean + LinearGaussian.b[i], 0.01 * deviation, "x")
          close(deviations.x[2 * row + i], deviation, 0.01 * deviation, "deviation of x")
        }
      }
    }
  }

  private func close(_ found: Float, _ expected: Double, _ error: Double, _ name: String) {
    #expect(abs(Double(found) - expected) < 4.5 * error, "\(name): found \(found), expected \(expected)")
  }

  /// Of 200 training rows whole blocks are sampled: the first two of three. Even rows lack x.
  @Test("A score's percentile is among training rows that have the same modalities")
  func percentiles() throws {
    let training = (0..<200).map { (row: Int) -> LinearGaussian.Row in
      let value = 0.1 * Float(row)
      return (row % 2 == 0 ? nil : [value, -value], value)
    }
    let sampled = training.prefix(128)
    try temporaryDirectory { directory in
      let (data, output) = (directory.appending(path: "data.h5").path, directory.appending(path: "rows.h5").path)
      try LinearGaussian.pack(Self.rows, training: training, to: data)
      let fingerprint = try PackedDataset.open(data).fingerprint
      var request = request([.scores], samples: 2000)
      request.percentileRows = 100
      let application = try RowApplication(
        LinearGaussian.trained(excess: 0.01, fingerprint: fingerprint), data: data, trainingData: nil, request)
      let summary = try application.write(
        to: output, replacing: false, continues: false, collectives: SingleRank()
      ) { _, _ in }
      let file = try HDF5File.open(output)
      let found = try file.readDoubles("score_percentile").values
      for (row, own) in Self.rows.enumerated() {
        guard own.y != nil else {
          #expect(found[row].isNaN, "no training row has x alone")
          continue
        }
        let score = LinearGaussian.logDensity(x: own.x, y: own.y)
        let others = sampled.filter { ($0.x == nil) == (own.x == nil) }.map {
          LinearGaussian.logDensity(x: $0.x, y: $0.y)
        }
        let expected = 100 * Double(others.count { $0 < score }) / Double(others.count)
        // A rank or two for the Monte Carlo error.
        #expect(abs(found[row] - expected) < 2.5 * 100 / 64, "row \(row): found \(found[row]), expected \(expected)")
      }
      #expect(try file.attributeInteger("percentile_rows") == 128)
      #expect(summary?.unusualRows?.first?.shortfall != nil)
    }
  }

  @Test("A single draw has all the weight")
  func singleDraw() throws {
    try withResult(request([.scores, .means], samples: 1), excess: 1) { file, _ in
      #expect(try file.readDoubles("score_sample_size").values.allSatisfy { $0 == 1 })
      let predicted = try file.readDoubles("imputation_sample_size").values.filter { !$0.isNaN }
      #expect(predicted == [1, 1, 1, 1])
    }
  }

  /// 10 000 draws make units of eight rows, nine of them, the last of six.
  @Test("What an earlier session has computed is gone on with, wherever it was cut")
  func continuing() throws {
    try temporaryDirectory { directory in
      let (data, output) = (directory.appending(path: "data.h5").path, directory.appending(path: "rows.h5").path)
      try LinearGaussian.pack((0..<10).flatMap { _ in Self.rows }, to: data)
      let trained = try LinearGaussian.trained(excess: 0.1, fingerprint: "another")
      let request = request([.scores, .means])
      /// - Returns: how many rows were there already, what is recorded at the end, and the file.
      func write(continues: Bool) throws -> (before: Int?, records: Data, file: Data) {
        let application = try RowApplication(trained, data: data, trainingData: nil, request)
        var (before, records): (Int?, Data) = (nil, Data())
        _ = try application.write(to: output, replacing: true, continues: continues, collectives: SingleRank()) {
          before = before ?? $0
          if $0 == $1 { records = (try? Data(contentsOf: URL(filePath: output + ".progress"))) ?? Data() }
        }
        return (before, records, try Data(contentsOf: URL(filePath: output)))
      }
      let whole = try write(continues: false)
      let newline = try #require(whole.records.firstIndex(of: UInt8(ascii: "\n")))
      let record = (whole.records.count - newline - 1 - 6 * 40 - 32) / 8
      for (cut, before) in [(0, 70), (1, 64), (record, 56), (5 * record, 24), (8 * record, 0)] {
        try whole.records.dropLast(cut).write(to: URL(filePath: output + ".progress"))
        let found = try write(continues: true)
        #expect(found.before == before, "without the last \(cut) of \(whole.records.count) bytes")
        #expect(found.records == whole.records && found.file == whole.file, "without the last \(cut) bytes")
      }
    }
  }

  @Test("What is asked for beside does not change a number")
  func independence() throws {
    var found: [[Float]] = []
    for outputs: Set<ApplyOutput> in [[.means, .scores], [.means], Set(ApplyOutput.allCases)] {
      try withResult(request(outputs, samples: 700), excess: 0.3) { file, _ in
        found.append(try file.readFloats("mean/y").values.filter(\.isFinite))
      }
    }
    #expect(found[0].count == 2 && found[0] == found[1] && found[0] == found[2])
  }

  @Test("Rows whose weights rest on a few draws are counted")
  func uncertainRows() throws {
    // Experts that are a tenth as wide as they should be.
    try withResult(request([.scores, .means], samples: 20), excess: -4.6) { file, summary in
      let sizes = try file.readDoubles("score_sample_size").values
      #expect(summary.uncertainScores == sizes.count { $0 < 5 } && sizes.contains { $0 < 5 })
      let predicted = try file.readDoubles("imputation_sample_size").values.filter { !$0.isNaN }
      #expect(predicted.count == 4 && summary.predictedRows == 4)
      #expect(summary.uncertainPredictions == predicted.count { $0 < 5 })
    }
  }
}
