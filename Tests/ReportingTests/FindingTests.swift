import Pictures
import Reporting
import Testing

@Suite struct FindingTests {
  @Test("Eigenvalues of a matrix that is known by heart")
  func knownEigenvalues() {
    let (values, _) = symmetricEigen([[2, -1, 0], [-1, 2, -1], [0, -1, 2]])
    let expected = [2 - 2.0.squareRoot(), 2, 2 + 2.0.squareRoot()]
    for (value, wanted) in zip(values.sorted(), expected) { #expect(abs(value - wanted) < 1e-12) }
    #expect(symmetricEigen([[5]]).values == [5] && symmetricEigen([[0, 0], [0, 0]]).values == [0, 0])
  }

  @Test("Eigenvectors are what they are called, at the width of a large latent")
  func eigenvectors() {
    let n = 40
    // A Hilbert matrix: eigenvalues over many orders of magnitude.
    let matrix = (0..<n).map { i in (0..<n).map { j in 1 / Double(i + j + 1) } }
    let (values, vectors) = symmetricEigen(matrix)
    for k in 0..<n {
      let vector = vectors.map { $0[k] }
      #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
      for i in 0..<n {
        let product = zip(matrix[i], vector).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - values[k] * vector[i]) < 1e-12)
      }
    }
    #expect(abs(values.reduce(0, +) - matrix.indices.reduce(0) { $0 + matrix[$1][$1] }) < 1e-12)
  }

  @Test("Principal components of an ellipse that lies askew")
  func principalComponents() {
    // 4 times (0.6, 0.8), and 1 times (-0.8, 0.6), from the centre (10, -5).
    let points = [(4.0, 0.0), (-4, 0), (0, 1), (0, -1)].map { a, b in [10 + 0.6 * a - 0.8 * b, -5 + 0.8 * a + 0.6 * b] }
    let components = PrincipalComponents(points)
    #expect(abs(components.variances[0] - 8) < 1e-12 && abs(components.variances[1] - 0.5) < 1e-12)
    #expect(abs(components.share(of: 0) - 8 / 8.5) < 1e-12)
    let place = components.project([10 + 0.6, -5 + 0.8], onto: 2)
    #expect(abs(place[0] - 1) < 1e-12 && abs(place[1]) < 1e-12, "the largest part of an axis is positive")
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
}
