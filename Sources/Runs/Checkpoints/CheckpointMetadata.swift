// The metadata of safetensors files are strings. Version 1 knows no checkpoints within an epoch, version 2 no averages of
// weights, version 3 no residuals. Programs that know version 2 only read what has neither.
extension CheckpointState {
  static let format = "mhvae-dist checkpoint"
  private static let version = "2"
  static let versionWithAverages = "3"
  static let versionWithResidual = "4"
  private static let readableVersions = ["1", version, versionWithAverages, versionWithResidual]

  package var metadata: [String: String] {
    var metadata = [
      "format": Self.format, "format_version": Self.version, "epoch": "\(epoch)", "step": "\(step)", "seed": "\(seed)",
      "configuration": configuration, "data_fingerprint": dataFingerprint,
    ]
    if let best {
      metadata["best_epoch"] = "\(best.epoch)"
      metadata["best_elbo"] = "\(best.elbo)"
    }
    if let progress {
      // The text of a Double reads as the same bits.
      metadata["epoch_term_sums"] = progress.termSums.map { "\($0)" }.joined(separator: " ")
      metadata["epoch_seconds"] = "\(progress.seconds)"
      metadata["epoch_gradient_norms"] = progress.gradientNorms.text
    }
    if let highest, highest != best {
      metadata["highest_epoch"] = "\(highest.epoch)"
      metadata["highest_elbo"] = "\(highest.elbo)"
    }
    if plateau != PlateauState() { metadata["plateau"] = plateau.text }
    return metadata
  }

  /// - Throws: `RunError` naming `path` when this is not a checkpoint's, or something is missing.
  package init(metadata: [String: String], path: String) throws {
    guard metadata["format"] == Self.format else {
      throw RunError("\(path) is a safetensors file, but not a checkpoint of mhvae-dist")
    }
    guard let version = metadata["format_version"], Self.readableVersions.contains(version) else {
      let found = metadata["format_version"] ?? "none"
      throw RunError(
        "\(path): checkpoint format version \(found), this program reads up to \(Self.versionWithResidual)")
    }
    func value<Value>(_ key: String, _ parse: (String) -> Value?) throws -> Value {
      guard let text = metadata[key], let value = parse(text) else {
        throw RunError("\(path): metadata \(key) is missing or not as expected")
      }
      return value
    }
    self.init(
      epoch: try value("epoch", Self.epoch), step: try value("step", Self.step),
      seed: try value("seed") { UInt64($0) }, configuration: try value("configuration") { $0 },
      dataFingerprint: try value("data_fingerprint") { $0 }, best: nil)
    if metadata["best_epoch"] != nil {
      best = Best(epoch: try value("best_epoch", Self.epoch), elbo: try value("best_elbo") { Double($0) })
    }
    highest = best
    if metadata["highest_epoch"] != nil {
      highest = Best(epoch: try value("highest_epoch", Self.epoch), elbo: try value("highest_elbo") { Double($0) })
    }
    if metadata["epoch_term_sums"] != nil {
      progress = EpochProgress(
        termSums: try value("epoch_term_sums", Self.numbers), seconds: try value("epoch_seconds") { Double($0) })
      // Earlier versions measured none.
      if metadata["epoch_gradient_norms"] != nil {
        progress?.gradientNorms = try value("epoch_gradient_norms", GradientNorms.init(text:))
      }
    }
    if metadata["plateau"] != nil { plateau = try value("plateau", PlateauState.init(text:)) }
  }

  /// Whatever follows from numbers within these bounds (the next epoch, the steps of all epochs) is a number, too.
  static func epoch(_ text: String) -> Int? {
    Int(text).flatMap { 0...Int(UInt32.max) ~= $0 ? $0 : nil }
  }

  private static func step(_ text: String) -> UInt64? {
    UInt64(text).flatMap { $0 <= 1 << 62 ? $0 : nil }
  }

  private static func numbers(_ text: String) -> [Double]? {
    let words = text.split(separator: " ")
    let numbers = words.compactMap { Double($0) }
    return numbers.count == words.count ? numbers : nil
  }
}
