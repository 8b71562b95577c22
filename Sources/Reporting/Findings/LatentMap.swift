/// Posterior means of rows along the two directions in which they spread most.
package struct LatentMap: Sendable {
  package struct Point: Equatable, Sendable {
    /// In the split.
    package let row: Int
    package let label: Int
    package let x: Double
    package let y: Double
  }

  /// Such as `core`.
  package let latent: String
  /// The modality whose classes colour the points.
  package let modality: String
  package let classNames: [String]
  package let split: String
  package let points: [Point]
  /// Parts of the variance that the two directions hold.
  package let shares: [Double]

  /// - Parameter means: of each row, with its class; those that are not finite are left out.
  /// - Returns: nil when fewer than two rows or dimensions are left.
  package init?(
    latent: String, modality: String, classNames: [String], split: String,
    means: [(row: Int, label: Int, mean: [Double])]
  ) {
    let finite = means.filter { $0.mean.allSatisfy(\.isFinite) }
    guard finite.count > 1, finite[0].mean.count > 1 else { return nil }
    let components = PrincipalComponents(finite.map(\.mean))
    (self.latent, self.modality, self.classNames, self.split) = (latent, modality, classNames, split)
    shares = [components.share(of: 0), components.share(of: 1)]
    points = finite.map { row, label, mean in
      let (x, y) = components.project(mean)
      return Point(row: row, label: label, x: x, y: y)
    }
  }
}
