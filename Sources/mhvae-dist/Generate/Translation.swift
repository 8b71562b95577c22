import CommandOptions
import Configuration
import DataLoading
import Evaluation
import Kernels
import Models
import Pictures
import Reporting
import Runs
import Storage

/// Rows of data beside what a model makes of one modality when it sees others.
struct Translation {
  private let trained: TrainedModel
  /// Indices of the modalities that are seen.
  private let from: [Int]
  /// The index of the one to decode.
  private let to: Int

  init(_ trained: TrainedModel, from: [Int], to: Int) {
    (self.trained, self.from, self.to) = (trained, from, to)
  }

  private var modalities: [ModalityConfiguration] { trained.configuration.model.modalities }

  /// Writes a picture or a table.
  /// - Parameters:
  ///   - draws: how often a picture is drawn for each row; nil for once, with every latent at its mean.
  ///   - output: required for a picture; a table is printed without.
  func show(
    _ rows: RowOptions, draws: Int?, form: ResultOptions, seed: UInt64, output path: String?
  ) throws {
    let isPicture = modalities[to].shape.isPicture
    try (isPicture ? OutputContent.picture : .text).check(path, of: modalities[to].name)
    let dataset = try trained.openData(rows.data)
    let shard = try rows.read(trained, dataset)
    guard isPicture else {
      let decoded = decode(shard, dataset)
      return try writeText(form.result(decoded, text: decoded.table(of: modalities[to].name, key: "row")), to: path)
    }
    guard let path else {
      throw CommandError("\(modalities[to].name) is a picture: name a PNG file with --output")
    }
    try picture(shard, draws: draws, seed: seed, output: path)
    let sources = pictureSources.map { shard.title(modalities[$0].name, of: $0) }
    let original = shard.title("original \(modalities[to].name)", of: to)
    let made = draws.map { "\($0) draws" } ?? "reconstruction"
    form.say("lines, from the top: \((sources + [original, made]).joined(separator: ", "))")
    form.say("\(shard.rows.count) rows of \(modalities[to].name), epoch \(trained.epoch), written to \(path)")
    for index in from where modalities[index].likelihood == .categorical {
      let text = ValueText(modalities[index], names: dataset.valueNames(of: modalities[index].name))
      let values = shard.rows.map {
        shard.has(index, row: $0) ? text.observed(shard.values(row: $0, modality: index)) : "absent"
      }
      form.say("\(modalities[index].name) of the columns: \(values.joined(separator: ", "))")
    }
  }

  private func picture(_ shard: Shard, draws: Int?, seed: UInt64, output path: String) throws {
    var strips = Strips(of: modalities[to])
    for index in pictureSources + [to] { strips.add(shard.observations(of: index)) }
    for strip in trained.model.imagine(to, from: from, rows: shard, draws: draws, seed: seed) { strips.add(strip) }
    try writeAtomically(bytes: try strips.picture(upscaling: 2).png(), to: path)
  }

  /// Seen modalities that fit into the same picture.
  private var pictureSources: [Int] { from.filter { $0 != to && modalities[$0].shape == modalities[to].shape } }

  private func decode(_ shard: Shard, _ dataset: borrowing PackedDataset) -> [DecodedRow] {
    let text = ValueText(modalities[to], names: dataset.valueNames(of: modalities[to].name))
    let generator = Generator(trained.model, given: from, decoded: [to], latents: .means)
    var rows: [DecodedRow] = []
    RowBlocks(shard, of: trained.model).forEachBlock { firstRow, block in
      generator.encode(block)
      for row in 0..<block.rows {
        let means = generator.means(row: row)[0].values
        let isObserved = block.has(to, row: row)
        let observed = isObserved ? text.observed(shard.values(row: firstRow + row, modality: to)) : "absent"
        rows.append(
          DecodedRow(
            row: firstRow + row, observed: observed, decoded: text.decoded(means),
            means: modalities[to].inSourceUnit(means)))
      }
    }
    return rows
  }
}
