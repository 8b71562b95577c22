import Foundation
import Layers
import Models
import Pictures
import Reporting
import Testing

@Suite struct FindingTests {
  @Test("Principal components of an ellipse that lies askew")
  func principalComponents() {
    // 4 times (0.6, 0.8), and 1 times (-0.8, 0.6), from the centre (10, -5).
    let points = [(4.0, 0.0), (-4, 0), (0, 1), (0, -1)].map { a, b in [10 + 0.6 * a - 0.8 * b, -5 + 0.8 * a + 0.6 * b] }
    let components = PrincipalComponents(points)
    #expect(abs(components.variances[0] - 8) < 1e-12 && abs(components.variances[1] - 0.5) < 1e-12)
    #expect(abs(components.share(of: 0) - 8 / 8.5) < 1e-12)
    let place = components.project([10 + 0.6, -5 + 0.8])
    #expect(abs(place.x - 1) < 1e-12 && abs(place.y) < 1e-12, "the largest part of an axis is positive")
  }

  @Test("Principal components of a wide latent, far from each other and close together", arguments: [0.01, 6.75])
  func widePrincipalComponents(third: Double) {
    // Two points on each of four axes of a cosine transform, at distances whose variances are known.
    let (width, variances) = (600, [9.0, 7, third, 0.001])
    let known: [[Double]] = (1...4).map { (k: Int) -> [Double] in
      let angle = Double(k) * .pi / Double(width)
      return (0..<width).map { (i: Int) -> Double in (2 / Double(width)).squareRoot() * cos(angle * (Double(i) + 0.5)) }
    }
    var points: [[Double]] = []
    for (axis, variance) in zip(known, variances) {
      for distance in [2 * variance.squareRoot(), -2 * variance.squareRoot()] {
        points.append(axis.map { 5 + distance * $0 })
      }
    }
    let components = PrincipalComponents(points)
    for k in 0..<2 {
      let cosine = zip(components.axes[k], known[k]).reduce(0.0) { $0 + $1.0 * $1.1 }
      #expect(abs(abs(cosine) - 1) < 1e-5, "axis \(k)")
      #expect(abs(components.variances[k] - variances[k]) < 1e-4)
      #expect(abs(components.share(of: k) - variances[k] / variances.reduce(0, +)) < 1e-5)
    }
    let mixed = zip(components.axes[0], components.axes[1]).reduce(0.0) { $0 + $1.0 * $1.1 }
    #expect(abs(mixed) < 1e-12)
  }

  @Test("Points on a line, or all in one place, have axes, too")
  func flatPoints() {
    let line = PrincipalComponents([[0, 0, 0], [2, 1, 2], [4, 2, 4]])
    #expect(abs(line.project([2, 1, 2]).x) < 1e-12 && abs(line.project([4, 2, 4]).x - 3) < 1e-12)
    #expect(abs(line.share(of: 0) - 1) < 1e-12 && line.share(of: 1) < 1e-12)
    let place = PrincipalComponents([[1, 2, 3], [1, 2, 3]])
    #expect(place.project([1, 2, 3]) == (0, 0) && place.share(of: 0) == 0)
    for axis in line.axes + place.axes { #expect(abs(axis.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12) }
  }

  @Test("Latents that are not finite are left out; a map needs two rows and two dimensions")
  func latentMap() throws {
    func map(_ means: [[Double]]) -> LatentMap? {
      LatentMap(
        latent: "core", modality: "label", classNames: ["a", "b"], split: "test",
        means: means.enumerated().map { ($0, $0 % 2, $1) })
    }
    let kept = try #require(map([[0, 0], [.nan, 1], [3, 4], [6, 8]]))
    #expect(kept.points.map(\.row) == [0, 2, 3] && kept.points.map(\.label) == [0, 0, 1])
    #expect(abs(kept.points[2].x - kept.points[0].x - 10) < 1e-12 && kept.shares[0] > 0.999)
    #expect(map([[1, 2]]) == nil && map([[1], [2]]) == nil && map([]) == nil)
  }

  @Test("A confusion matrix counts what was observed by line and what was decoded by column")
  func confusion() {
    let pairs = [(0, 0), (0, 1), (0, 1), (2, 2), (2, 0)].map { (observed: $0.0, decoded: $0.1) }
    let confusion = Confusion("label", given: ["image"], classNames: ["a", "b", "c"], pairs: pairs)
    #expect(confusion.counts == [[1, 2, 0], [0, 0, 0], [1, 0, 1]])
    #expect(confusion.total == 5 && confusion.right == 2)
  }

  @Test("Rows of the data give pictures, a map and a confusion matrix")
  func rows() throws {
    let model = try smallModel()
    try withSmallDataset(rows: 20, classNames: ["left", "right", "none"]) { dataset in
      let findings = try RowFindings(model, dataset)
      #expect(findings.reconstructions.map(\.name) == ["reconstructed-image"])
      #expect(findings.translations.map(\.name) == ["image-from-label", "image-from-switches"])
      let translation = try #require(findings.translations.first)
      #expect(translation.lines == ["original", "imagined", "", ""])
      #expect(translation.columns == ["left", "right", "none", "left", "right", "none", "left", "right"])
      // 8 pictures of 3 x 4 side by side, 4 lines, 2 pixels between.
      #expect(translation.picture.width == 8 * 3 + 14 && translation.picture.height == 4 * 4 + 6)
      #expect(findings.confusions.count == 1 && findings.confusions[0].given == ["image"])
      #expect(findings.confusions[0].counts.map { $0.reduce(0, +) } == [7, 7, 6])
      let latents = try #require(findings.latents)
      #expect(latents.latent == "core" && latents.points.count == 20 && latents.points[4].label == 1)
    }
  }

  @Test("A model that decodes what is no brightness loses its pictures, and nothing else")
  func divergedModel() throws {
    let model = try smallModel()
    // Of the decoder of pictures alone.
    let bias = try #require(model.memory.parameters.descriptor(named: "modality.image.decoder.0.linear.bias"))
    model.memory.value(bias.slice).update(repeating: .nan, count: 12)
    try withSmallDataset(rows: 20) { dataset in
      let findings = try RowFindings(model, dataset)
      #expect(findings.reconstructions.isEmpty && findings.translations.isEmpty)
      #expect(findings.latents?.points.count == 20 && findings.confusions.first?.total == 20)
      #expect(findings.notes.count == 2 && findings.notes.allSatisfy { $0.contains("are left out: image ") })
    }
  }

  @Test("Latents that are all no numbers give a note in place of a map")
  func divergedLatents() throws {
    let model = try smallModel()
    for descriptor in model.memory.parameters.descriptors {
      model.memory.value(descriptor.slice).update(repeating: .nan, count: descriptor.shape.reduce(1, *))
    }
    try withSmallDataset(rows: 20) { dataset in
      let findings = try RowFindings(model, dataset)
      #expect(findings.latents == nil && findings.confusions.first?.total == 20)
      #expect(
        findings.notes.contains { $0.hasPrefix("The latent space is left out: a map needs") }, "\(findings.notes)")
    }
  }
}
