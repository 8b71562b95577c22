import Configuration
import DataLoading
import Foundation
import SmallModel
import Storage
import TestSupport
import Testing

struct ShardTests {
  private func load(_ shard: Shard, row: Int, modality: Int, count: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      buffer.initialize(repeating: 77)
      shard.load(row: row, modality: modality, into: buffer.baseAddress!)
      initialized = count
    }
  }

  @Test("Images come channels last and scaled, classes one-hot, from the rows asked for")
  func arrangement() throws {
    try temporaryDirectory { directory throws in
      let dataset = try smallDataset(at: directory.appending(path: "small.h5"), rows: 9)
      let shard = try Shard(
        dataset, modalities: [DataModality("label", .categorical), DataModality("image", .gaussian)], split: .train,
        rows: 3..<8)
      #expect(shard.byteCount == 5 * 13)
      for row in 3..<8 {
        let stored = imageBytes(row: row)
        // Two channels of 2 x 3 positions.
        let expected = (0..<6).flatMap { p in [0, 1].map { 0.5 * Float(stored[$0 * 6 + p]) } }
        #expect(load(shard, row: row, modality: 1, count: 12) == expected)
        #expect(load(shard, row: row, modality: 0, count: 3) == (0..<3).map { $0 == row % 3 ? 1 : 0 })
      }
    }
  }

  /// 255 x 0.00392157 is 1.00000035.
  @Test(
    "A grey scale of 1/255 that was rounded is accepted, as by verify; a larger one is not", arguments: [true, false])
  func roundedScale(isAccepted: Bool) throws {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "grey.h5").path
      let grey = ModalityDescription(
        name: "grey", shape: [2], likelihood: "bernoulli", encoding: .values, elementType: .uint8,
        scale: isAccepted ? 0.00392157 : 0.0039216)
      var writer = try PackedDatasetWriter.create(
        at: path, replacing: false, name: "grey", modalities: [grey], rowCounts: [.train: 1], splitSeed: nil,
        creator: "tests")
      try writer.append(([0, 255] as [UInt8]).span.bytes, to: "grey", .train)
      try writer.append(sourceRows: [0], to: .train)
      _ = try writer.finish()
      let dataset = try PackedDataset.open(path)
      #expect(try dataset.verify().isEmpty == isAccepted)
      let modalities = [DataModality("grey", .bernoulli)]
      if isAccepted {
        let shard = try Shard(dataset, modalities: modalities, split: .train, rows: 0..<1)
        let values = shard.values(row: 0, modality: 0)
        #expect(values[0] == 0 && abs(values[1] - 1) < 1e-6)
      } else {
        #expect(throws: DataLoadingError.self) {
          try Shard(dataset, modalities: modalities, split: .train, rows: 0..<1)
        }
      }
    }
  }

  @Test("Values stored as floats, and classes stored as 32-bit integers")
  func otherTypes() throws {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "other.h5").path
      let modalities = [
        ModalityDescription(
          name: "sound", shape: [2, 1, 2], likelihood: "gaussian", encoding: .values, elementType: .float32, scale: 2),
        ModalityDescription(
          name: "word", shape: [4], likelihood: "categorical", encoding: .classIndex, elementType: .int32),
      ]
      var writer = try PackedDatasetWriter.create(
        at: path, replacing: false, name: "other", modalities: modalities, rowCounts: [.train: 2], splitSeed: nil,
        creator: "tests")
      let (sounds, words): ([Float], [Int32]) = ([1, 2, 3, 4, -5, 6, 7, 8], [3, 0])
      try writer.append(sounds.span.bytes, to: "sound", .train)
      try writer.append(words.span.bytes, to: "word", .train)
      try writer.append(sourceRows: [0, 1], to: .train)
      _ = try writer.finish()
      let shard = try Shard(
        try PackedDataset.open(path),
        modalities: [DataModality("sound", .gaussian), DataModality("word", .categorical)], split: .train,
        rows: 0..<2)
      #expect(load(shard, row: 0, modality: 0, count: 4) == [2, 6, 4, 8])
      #expect(load(shard, row: 1, modality: 0, count: 4) == [-10, 14, 12, 16])
      #expect(load(shard, row: 0, modality: 1, count: 4) == [0, 0, 0, 1])
      #expect(load(shard, row: 1, modality: 1, count: 4) == [1, 0, 0, 0])
    }
  }

  @Test("Values that the likelihood excludes are refused with their row", arguments: [(-0.5, 4), (1.5, 4), (.nan, 4)])
  func excludedValues(value: Float, row: Int) throws {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "soft.h5").path
      let modality = ModalityDescription(
        name: "soft", shape: [2], likelihood: "bernoulli", encoding: .values, elementType: .float32)
      var writer = try PackedDatasetWriter.create(
        at: path, replacing: false, name: "soft", modalities: [modality], rowCounts: [.train: 6], splitSeed: nil,
        creator: "tests")
      var values = [Float](repeating: 0.25, count: 12)
      values[2 * row + 1] = value
      try writer.append(values.span.bytes, to: "soft", .train)
      try writer.append(sourceRows: Array(0..<6), to: .train)
      _ = try writer.finish()
      let dataset = try PackedDataset.open(path)
      let text = try message {
        _ = try Shard(dataset, modalities: [DataModality("soft", .bernoulli)], split: .train, rows: 2..<6)
      }
      #expect(text.contains("train/soft, row \(row)"), "\(text)")
    }
  }

  @Test("Random rows depend on the row, not on the shard it is in; classes are in range")
  func randomRows() {
    let all = Shard(randomRows: 0..<20, of: smallDataModalities, seed: 1)
    let part = Shard(randomRows: 7..<12, of: smallDataModalities, seed: 1)
    for row in 7..<12 {
      #expect(load(all, row: row, modality: 0, count: 12) == load(part, row: row, modality: 0, count: 12))
      let classes = load(all, row: row, modality: 1, count: 3)
      #expect(classes == load(part, row: row, modality: 1, count: 3))
      #expect(classes.sorted() == [0, 0, 1])
    }
  }

  @Test("A row that is elsewhere ends the program")
  func rowElsewhere() async {
    await #expect(processExitsWith: .failure) {
      let shard = Shard(randomRows: 7..<12, of: smallDataModalities, seed: 1)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 12) {
        shard.load(row: 12, modality: 0, into: $0.baseAddress!)
      }
    }
  }
}
