import CommandOptions
import Communication
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

  private static let mostPictures = 1000

  private var modalities: [ModalityConfiguration] { trained.configuration.model.modalities }

  /// Decodes on all ranks; rank 0 writes a picture or a table. Collective.
  /// - Parameters:
  ///   - draws: how often a picture is drawn for each row; nil for once, with every latent at its mean.
  ///   - output: required for a picture; a table is printed without.
  func show(
    _ rows: RowOptions, draws: Int?, form: ResultOptions, seed: UInt64, output path: String?, in world: World
  ) throws {
    let isPicture = modalities[to].shape.isPicture
    try (isPicture ? OutputContent.picture : .text).check(path, of: modalities[to].name)
    guard !isPicture || path != nil else {
      throw CommandError("\(modalities[to].name) is a picture: name a PNG file with --output")
    }
    let dataset = try trained.openData(rows.data)
    let range = try rows.range(dataset)
    guard !isPicture || range.count <= Self.mostPictures else {
      throw CommandError(
        "--count: a picture has at most \(Self.mostPictures) rows; mhvae-dist apply writes the numbers of any number of rows"
      )
    }
    let decoding = DecodedRows(
      trained, try trained.openData(rows.data), rows.split, rows: range, given: from, target: to,
      draws: isPicture ? draws : nil, seed: seed)
    guard let decoded = try decoding.decode(world.collectives) else { return }
    let shard = try Shard(
      dataset, modalities: trained.configuration.model.dataModalities, split: rows.split, rows: range)
    guard isPicture, let path else {
      let rows = table(decoded[0], shard, dataset)
      return try writeText(form.result(rows, text: rows.table(of: modalities[to].name, key: "row")), to: path)
    }
    try picture(decoded, shard, output: path)
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

  private func picture(_ decoded: [[Float]], _ shard: Shard, output path: String) throws {
    var strips = Strips(of: modalities[to])
    for index in pictureSources + [to] { strips.add(shard.observations(of: index)) }
    for strip in decoded { strips.add(strip) }
    try writeAtomically(bytes: try strips.picture(upscaling: 2).png(), to: path)
  }

  /// Seen modalities that fit into the same picture.
  private var pictureSources: [Int] { from.filter { $0 != to && modalities[$0].shape == modalities[to].shape } }

  private func table(_ decoded: [Float], _ shard: Shard, _ dataset: borrowing PackedDataset) -> [DecodedRow] {
    let text = ValueText(modalities[to], names: dataset.valueNames(of: modalities[to].name))
    let width = modalities[to].shape.count
    return shard.rows.enumerated().map { place, row in
      let means = Array(decoded[place * width..<(place + 1) * width])
      let observed = shard.has(to, row: row) ? text.observed(shard.values(row: row, modality: to)) : "absent"
      return DecodedRow(
        row: row, observed: observed, decoded: text.decoded(means), means: modalities[to].inSourceUnit(means))
    }
  }
}
