import Communication
import Configuration
import DataLoading
import Foundation
import Kernels
import Layers
import Models
import SmallModel
import Storage
import TestSupport
import Testing
import Training

/// Training rows of which some lack a modality.
struct GapTests {
  private static let rows = 26

  /// Whether a row lacks the image or the label: none has neither.
  private static func lacks(_ modality: String, _ row: Int) -> Bool {
    modality == "image" ? row % 5 == 1 : row % 5 >= 3
  }

  /// Twenty-six rows.
  /// - Parameters:
  ///   - lacks: nil for a file without masks.
  ///   - filler: the byte that stands in absent places.
  private func dataset(
    _ directory: URL, _ name: String, filler: UInt8 = 0, lacks: ((_ modality: String, _ row: Int) -> Bool)?
  ) throws -> PackedDataset {
    let path = directory.appending(path: "\(name).h5").path
    var writer = try PackedDatasetWriter.create(
      at: path, replacing: false, name: "small", modalities: smallDataModalities, rowCounts: [.train: Self.rows],
      gaps: lacks == nil ? [:] : [.train: ["image", "label"]], splitSeed: nil, creator: "tests")
    for modality in smallDataModalities {
      let bytes = (0..<Self.rows).flatMap { row -> [UInt8] in
        let own = modality.name == "image" ? imageBytes(row: row).map { $0 % 3 } : [UInt8(row % 3)]
        return lacks?(modality.name, row) == true ? own.map { _ in filler } : own
      }
      try writer.append(bytes.span.bytes, to: modality.name, .train)
      guard let lacks else { continue }
      try writer.append(present: (0..<Self.rows).map { !lacks(modality.name, $0) }, to: modality.name, .train)
    }
    try writer.append(sourceRows: Array(0..<Self.rows), to: .train)
    _ = try writer.finish()
    return try PackedDataset.open(path)
  }

  /// The small model as another family, which has one latent.
  private static func document(_ family: String) -> String {
    guard family != "mhvae" else { return smallModel }
    return smallModel.replacing("family: mhvae", with: "family: \(family)")
      .replacing("core: {latent: 3, encoder: [{linear: 4}], generator: [{linear: 4}]}", with: "latent: 3")
      .replacing("\n    latent: 2", with: "")
  }

  /// What two epochs leave behind.
  private func digest(
    _ dataset: borrowing PackedDataset, family: String = "mhvae", memory: Int = .max
  ) throws -> [UInt8] {
    let configuration = try smallConfiguration(epochs: 2)
    let plan = try BatchPlan(configuration, dataset: dataset, rank: 0, worldSize: 1)
    let replica = try smallReplica(model: Self.document(family))
    let loader = try DataLoader(dataset, model: replica.model, plan: plan, seed: 1, memory: memory)
    for epoch in 1...2 {
      loader.begin(epoch: epoch)
      for step in 0..<plan.stepsPerEpoch {
        try replica.step(
          try loader.batch(step: step), weights: configuration.objectiveWeights(epoch: epoch), learningRate: 0.01)
      }
    }
    return try replica.digest()
  }

  @Test("A mask of ones gives the bits of a file without masks")
  func maskOfOnes() throws {
    try temporaryDirectory { directory in
      let plain = try dataset(directory, "plain", lacks: nil)
      let masked = try dataset(directory, "masked") { _, _ in false }
      #expect(plain.fingerprint != masked.fingerprint)
      for family in ["mhvae", "mvae"] { #expect(try digest(plain, family: family) == digest(masked, family: family)) }
      let gaps = try dataset(directory, "gaps", lacks: Self.lacks)
      #expect(try digest(plain) != digest(gaps))
    }
  }

  /// 255 is no class, and as a grey level beyond what a Bernoulli likelihood may have.
  @Test("What absent places hold changes no bit, in memory or streamed")
  func absentContent() throws {
    try temporaryDirectory { directory in
      let zeros = try dataset(directory, "zeros", lacks: Self.lacks)
      let junk = try dataset(directory, "junk", filler: 255, lacks: Self.lacks)
      #expect(zeros.fingerprint != junk.fingerprint)
      #expect(try junk.verify().isEmpty)
      let expected = try digest(zeros)
      #expect(try digest(junk) == expected)
      let layout = try StreamLayout(
        BatchPlan(smallConfiguration(epochs: 2), dataset: junk, rank: 0, worldSize: 1), junk,
        try smallReplica().model.configuration.dataModalities, memory: 600)
      #expect(layout.windowSteps < 6, "the rows are to be streamed")
      #expect(try digest(junk, memory: 600) == expected)
      #expect(try digest(junk, family: "mvae") == digest(zeros, family: "mvae"))
    }
  }

  @Test("A row without any of the model's modalities is refused by its number")
  func emptyRow() throws {
    try temporaryDirectory { directory in
      let dataset = try dataset(directory, "empty") { _, row in row == 17 }
      #expect(try message { _ = try digest(dataset) }.contains("row 17 of train has none of image, label"))
      let problems = try dataset.verify()
      #expect(problems.count == 1 && problems[0].description.contains("row 17 has no modality"))
    }
  }

  @Test("JMVAE refuses rows with gaps by its name")
  func refused() throws {
    try temporaryDirectory { directory in
      let dataset = try dataset(directory, "gaps", lacks: Self.lacks)
      let configuration = try ModelConfiguration(yaml: Self.document("jmvae"))
      let refusal = try message { try dataset.check(against: configuration) }
      #expect(refusal.contains("jmvae has no posterior for some modalities") && refusal.contains("mhvae or mvae"))
    }
  }

  @Test("Masks keep only what a row has, and the noise of a row does not depend on what others lack")
  func masks() throws {
    try temporaryDirectory { directory in
      let dataset = try dataset(directory, "gaps", lacks: Self.lacks)
      let model = try smallReplica().model
      let modalities = model.configuration.dataModalities
      let shard = try Shard(dataset, modalities: modalities, split: .train, rows: 0..<Self.rows)
      let plain = try Shard(
        try self.dataset(directory, "plain", lacks: nil), modalities: modalities, split: .train, rows: 0..<Self.rows)
      func batch(_ shard: Shard) -> Batch {
        let assembly = BatchAssembly(model, rows: 10, seed: 1, noisePurpose: .noise)
        assembly.begin(BatchRows(local: 10, global: 10), masked: true)
        for row in 0..<10 { assembly.fill(row, from: shard, row: row, step: 4, row: UInt32(row)) }
        return assembly.batch
      }
      let (found, whole) = (batch(shard), batch(plain))
      let keep = try #require(found.keepMask)
      for row in 0..<10 {
        #expect((0..<2).contains { keep[row, $0] != 0 })
        for (modality, name) in ["image", "label"].enumerated() where Self.lacks(name, row) {
          #expect(keep[row, modality] == 0)
        }
      }
      for modality in 0..<2 {
        let present = found.present[modality]
        #expect(present.count == (0..<10).count { !Self.lacks(["image", "label"][modality], $0) })
        for place in 0..<present.count {
          let (one, own) = (place..<place + 1, present[place]..<present[place] + 1)
          #expect(found.inputs[modality].rows(one).values == whole.inputs[modality].rows(own).values)
          #expect(found.noise[modality + 1].rows(one).values == whole.noise[modality + 1].rows(own).values)
        }
      }
      let part = found.rows(3..<8)
      #expect(part.present[1].count == 3 && part.inputs[1].rows == 3 && part.noise[2].rows == 3)
      #expect((0..<3).map { part.present[1][$0] } == [2, 3, 4])
    }
  }
}
