internal import Configuration
package import DataLoading
internal import Evaluation
internal import Models
package import Pictures

extension Gallery {
  /// How often a picture is imagined from another modality.
  private static let draws = 3

  /// Of every modality that is a picture: rows of the data above what the model makes of them when it sees everything.
  /// - Throws: `PictureError` when the model decodes what is no brightness.
  package func reconstructions(of rows: Shard) throws(PictureError) -> [GalleryPicture] {
    var pictures: [GalleryPicture] = []
    for target in model.configuration.pictures {
      let name = modalities[target].name
      var strips = Strips(of: modalities[target])
      strips.add(rows.observations(of: target))
      for strip in model.imagine(target, from: Array(modalities.indices), rows: rows, draws: nil, seed: seed) {
        strips.add(strip)
      }
      pictures.append(
        GalleryPicture(
          name: "reconstructed-\(name)", title: "\(name), reconstructed",
          lines: [rows.title("original", of: target), "reconstruction"], picture: try strips.picture()))
    }
    return pictures
  }

  /// Of every modality that is a picture, and every other modality: rows of the data above what the model imagines of
  /// them when it sees only the other.
  /// - Throws: `PictureError` when the model decodes what is no brightness.
  package func translations(of rows: Shard) throws(PictureError) -> [GalleryPicture] {
    var pictures: [GalleryPicture] = []
    for target in model.configuration.pictures {
      for source in modalities.indices where source != target {
        pictures.append(try translation(from: source, to: target, rows))
      }
    }
    return pictures
  }

  private func translation(
    from source: Int, to target: Int, _ rows: Shard
  ) throws(PictureError) -> GalleryPicture {
    let (given, wanted) = (modalities[source], modalities[target])
    var strips = Strips(of: wanted)
    var lines = [rows.title("original", of: target), "imagined"] + [String](repeating: "", count: Self.draws - 1)
    if given.shape == wanted.shape {
      strips.add(rows.observations(of: source))
      lines.insert(rows.title("seen: \(given.name)", of: source), at: 0)
    }
    strips.add(rows.observations(of: target))
    for strip in model.imagine(target, from: [source], rows: rows, draws: Self.draws, seed: seed) { strips.add(strip) }
    return GalleryPicture(
      name: "\(wanted.name)-from-\(given.name)", title: "\(wanted.name), imagined from \(given.name)",
      lines: lines, columns: given.likelihood == .categorical ? rows.rows.map { classOf(row: $0, source, rows) } : [],
      picture: try strips.picture())
  }

  private func classOf(row: Int, _ modality: Int, _ shard: Shard) -> String {
    guard shard.has(modality, row: row) else { return "absent" }
    return names(of: modality)[largestIndex(shard.values(row: row, modality: modality))]
  }
}
