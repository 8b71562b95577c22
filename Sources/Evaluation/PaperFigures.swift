/// The likelihoods that arXiv 2006.02991 reports on the test sets, in nats (its Tables 1 to 3).
package enum PaperFigures {
  /// The families it compares, as its columns.
  package static let families = ["jmvae", "mvae", "mhvae"]

  /// How many samples and test rows the figures of a set-up are of; nil if it is none of the paper's.
  static func conditions(_ setup: String) -> (samples: Int, rows: Int)? {
    switch setup {
    case "mnist", "fashion-mnist": (5000, 10_000)
    case "celeba": (500, 19_962)
    default: nil
    }
  }

  /// What the figures of a column are of; `label` stands for the second modality.
  private static let rows = [
    "log p(image) from image", "log p(image, label) from image", "log p(image, label) from label",
    "log p(image, label) from image, label", "log p(image | label) from label",
  ]

  private static func figures(_ setup: String, _ family: String) -> [Double] {
    switch (setup, family) {
    case ("mnist", "mhvae"): [-89.050, -89.183, -121.401, -89.143, -118.856]
    case ("mnist", "jmvae"): [-90.189, -90.241, -125.381, -90.335, -123.070]
    case ("fashion-mnist", "mhvae"): [-231.753, -232.276, -243.932, -232.248, -241.662]
    case ("fashion-mnist", "jmvae"): [-232.427, -232.739, -244.378, -232.573, -242.060]
    case ("fashion-mnist", "mvae"): [-236.613, -242.628, -557.582, -241.534, -552.679]
    case ("celeba", "mhvae"): [-6271.35, -6278.19, -7303.64, -6276.57, -7296.22]
    case ("celeba", "jmvae"): [-6260.35, -6264.59, -7204.36, -6262.67, -7191.11]
    case ("celeba", "mvae"): [-6256.65, -6270.86, -7316.12, -6266.14, -7309.10]
    default: []
    }
  }

  /// - Parameters:
  ///   - quantity: as `LikelihoodRow` words it.
  ///   - source: what it was proposed from.
  ///   - setup: the name of a preset.
  ///   - family: such as `mhvae`.
  package static func figure(_ quantity: String, source: String, setup: String, family: String) -> Double? {
    let row = "\(quantity) from \(source)".replacing("attributes", with: "label")
    return zip(rows, figures(setup, family)).first { $0.0 == row }?.1
  }
}
