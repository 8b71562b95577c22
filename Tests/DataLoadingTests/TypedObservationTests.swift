import Configuration
import DataLoading
import Foundation
import Models
import SmallModel
import Storage
import TestSupport
import Testing

/// What `--given` says of a modality.
struct TypedObservationTests {
  private func modality(
    _ shape: String, _ likelihood: String = "bernoulli", binarization: String? = nil
  ) throws -> ModalityConfiguration {
    let count = shape.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }.reduce(1, *)
    let binarization = binarization.map { "binarization: \($0), " } ?? ""
    let yaml = """
      {family: mvae, latent: 1, modalities: [{name: x, shape: [\(shape)], likelihood: \(likelihood), \(binarization)
      encoder: [{linear: 1}], decoder: [{linear: \(count)}]}]}
      """
    return try ModelConfiguration(yaml: yaml).modalities[0]
  }

  private func values(_ text: String, _ modality: ModalityConfiguration, names: [String] = []) throws -> [Float] {
    guard case .values(let values) = try TypedObservation(text, of: modality, names: names) else { return [] }
    return values
  }

  private func refusal(_ text: String, _ modality: ModalityConfiguration, names: [String] = []) throws -> String {
    try #require(throws: DataLoadingError.self) { try TypedObservation(text, of: modality, names: names) }.description
  }

  @Test("Numbers of a picture come channels first, as in every file, and are kept channels last, as a row is")
  func channelsFirst() throws {
    let sound = try modality("3, 1, 2", "gaussian")
    #expect(try values("1,2,3,4,5,6", sound) == [1, 3, 5, 2, 4, 6])
    try temporaryDirectory { directory throws in
      let dataset = try smallDataset(at: directory.appending(path: "small.h5"), rows: 2)
      let shard = try Shard(dataset, modalities: [DataModality("image", .gaussian)], split: .train, rows: 0..<2)
      let typed = imageBytes(row: 1).map { "\(0.5 * Float($0))" }.joined(separator: ",")
      #expect(try values(typed, try modality("2, 2, 3", "gaussian")) == shard.values(row: 1, modality: 0))
    }
  }

  @Test("Greys of a modality with a threshold become what a row's would; dynamic ones must be 0 or 1")
  func binarization() throws {
    #expect(try values("0.2,0.5,0.7", try modality("3")) == [0.2, 0.5, 0.7])
    #expect(try values("0.2,0.5,0.7", try modality("3", binarization: "threshold")) == [0, 0, 1])
    let dots = try modality("3", binarization: "dynamic")
    #expect(try values("0,1,1.0", dots) == [0, 1, 1])
    #expect(try refusal("0,0.5,1", dots) == "x is binarised (binarization: dynamic): its values are 0 or 1")
  }

  @Test("Classes and values by name, rows by split and number")
  func namesAndRows() throws {
    let label = try modality("3", "categorical")
    #expect(try values("2", label) == [0, 0, 1])
    #expect(try values("b", label, names: ["a", "b", "c"]) == [0, 1, 0])
    #expect(try values("c,a", try modality("3"), names: ["a", "b", "c"]) == [1, 0, 1])
    #expect(try TypedObservation("test:17", of: label, names: []) == .row(.test, 17))
    for text in ["tests:17", "test:-1", "test:1:2", "test:", ":"] {
      #expect(try refusal(text, label).hasPrefix("expected SPLIT:ROW"), "\(text)")
    }
    #expect(try refusal("3", label).hasPrefix("expected a class from 0 to 2"))
    #expect(try refusal("1,2", try modality("3")).hasPrefix("x has 3 values, found 2"))
    #expect(try refusal("0,2,0", try modality("3")) == "the values of x lie from 0 to 1")
    #expect(try refusal("a,nan,0", try modality("3", "gaussian")).hasPrefix("expected 3 numbers"))
  }
}
