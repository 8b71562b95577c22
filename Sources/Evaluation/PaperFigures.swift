/// The likelihoods that arXiv 2006.02991 reports for MHVAE on the test sets, in nats (its Tables 1 to 3).
enum PaperFigures {
  private static let mhvae: [String: [String: Double]] = [
    "mnist": [
      "log p(image) from image": -89.050,
      "log p(image, label) from image": -89.183,
      "log p(image, label) from label": -121.401,
      "log p(image, label) from image, label": -89.143,
      "log p(image | label) from label": -118.856,
    ],
    "fashion-mnist": [
      "log p(image) from image": -231.753,
      "log p(image, label) from image": -232.276,
      "log p(image, label) from label": -243.932,
      "log p(image, label) from image, label": -232.248,
      "log p(image | label) from label": -241.662,
    ],
  ]

  /// - Parameter setup: the name of a preset.
  static func figure(_ row: LikelihoodRow, setup: String) -> Double? {
    mhvae[setup]?["\(row.quantity) from \(row.source)"]
  }
}
