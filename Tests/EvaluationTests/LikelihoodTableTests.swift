import Configuration
import Evaluation
import Models
import Testing

struct LikelihoodTableTests {
  private let modalities: [ModalityConfiguration]

  init() throws { modalities = try ModelConfiguration(yaml: smallModel).modalities }

  private func lines(_ table: LikelihoodTable) -> [String] { table.rows.map { "\($0.quantity) from \($0.source)" } }

  @Test("Two modalities: the paper's rows, and log p(x2)")
  func twoModalities() {
    let table = LikelihoodTable(Array(modalities.prefix(2)))
    #expect(
      lines(table) == [
        "log p(image) from image", "log p(image, label) from image", "log p(image, label) from label",
        "log p(image, label) from image, label", "log p(image | label) from label",
        "log p(image | label), all from image, label", "log p(label) from label", "log p(label) from prior",
      ])
    #expect(table.rows[4].joint == LikelihoodQuery(given: [1], targets: [0, 1]))
    #expect(table.rows[4].conditions == [LikelihoodQuery(given: [1], targets: [1])])
    #expect(table.rows[5].joint == LikelihoodQuery(given: [0, 1], targets: [0, 1]))
    #expect(table.rows[5].conditions == [[1], []].map { LikelihoodQuery(given: $0, targets: [1]) })
    #expect(table.queries.map(\.given) == [[0], [1], [0, 1], []])
  }

  @Test("Three modalities: all of them from each of the 7 sets of given ones")
  func threeModalities() {
    let sources = lines(LikelihoodTable(modalities)).filter { $0.hasPrefix("log p(image, label, switches) from ") }
    #expect(
      sources.map { $0.dropFirst("log p(image, label, switches) from ".count) } == [
        "image", "label", "switches", "image, label", "image, switches", "label, switches", "image, label, switches",
      ])
  }

  @Test("One modality needs one row")
  func oneModality() { #expect(lines(LikelihoodTable([modalities[0]])) == ["log p(image) from image"]) }

  @Test("A chosen set: the targets, those together with what is given, the conditional")
  func chosenSets() {
    #expect(
      lines(LikelihoodTable(modalities, given: [1], targets: [0])) == [
        "log p(image) from label", "log p(image, label) from label", "log p(image | label) from label",
      ])
    #expect(
      lines(LikelihoodTable(modalities, given: [1], targets: [0, 1])) == [
        "log p(image, label) from label", "log p(image | label) from label",
      ])
    #expect(lines(LikelihoodTable(modalities, given: [], targets: [2])) == ["log p(switches) from prior"])
    #expect(
      lines(LikelihoodTable(modalities, given: [0, 2], targets: [2])) == ["log p(switches) from image, switches"])
  }
}
