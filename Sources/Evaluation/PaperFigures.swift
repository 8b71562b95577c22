internal import Configuration

/// The likelihoods that arXiv 2006.02991 reports on the test sets, in nats (its Tables 1 to 3).
enum PaperFigures {
  private static let rows = [
    "log p(image) from image", "log p(image, label) from image", "log p(image, label) from label",
    "log p(image, label) from image, label", "log p(image | label) from label",
  ]

  private static func figures(_ setup: String, _ family: FamilyConfiguration.Name) -> [Double] {
    switch (setup, family) {
    case ("mnist", .mhvae): [-89.050, -89.183, -121.401, -89.143, -118.856]
    case ("mnist", .jmvae): [-90.189, -90.241, -125.381, -90.335, -123.070]
    case ("fashion-mnist", .mhvae): [-231.753, -232.276, -243.932, -232.248, -241.662]
    case ("fashion-mnist", .jmvae): [-232.427, -232.739, -244.378, -232.573, -242.060]
    case ("fashion-mnist", .mvae): [-236.613, -242.628, -557.582, -241.534, -552.679]
    default: []
    }
  }

  /// - Parameter setup: the name of a preset.
  static func figure(_ row: LikelihoodRow, setup: String, family: FamilyConfiguration.Name) -> Double? {
    zip(rows, figures(setup, family)).first { $0.0 == "\(row.quantity) from \(row.source)" }?.1
  }
}
