import Storage

/// What is allowed but is probably not meant.
extension ArrayModality {
  /// Sentences that name the modality and the option that helps.
  var warnings: [String] {
    let found = description.encoding == .classIndex ? classWarnings : valueWarnings + constantWarnings
    return found.map { "\(source.name): \($0)" }
  }

  private var classWarnings: [String] {
    if let texts = rows.texts, texts.count > 50, 2 * texts.count > survey.presentCount {
      return [
        "\(texts.count) classes of \(survey.presentCount) rows: identifiers are no modality, and numbers are read as texts "
          + "if one is not written as 1234.5; \"\(texts[0])\" is one of them"
      ]
    }
    guard let seen = survey.distinct?.count, seen < description.elementCount else { return [] }
    if rows.texts == nil, description.elementCount > 3 * seen, description.elementCount > 10 {
      let codes = source.location.kind == .table ? "codes (:categorical)" : "texts"
      return [
        "\(description.elementCount) classes, but only \(seen) different values; numbers that count are "
          + "\(source.name)=\(source.location):poisson, other numbers :gaussian, and \(codes) make classes of their own"
      ]
    }
    let missing = (0..<description.elementCount).filter { survey.distinct?.contains(Double($0)) == false }
    let names = missing.prefix(5).map { description.classNames.isEmpty ? "\($0)" : description.classNames[$0] }
    let more = missing.count > 5 ? " and \(missing.count - 5) more" : ""
    return [
      "no row is of class \(names.joined(separator: ", "))\(more); --class-names \(source.name)=... says which "
        + "classes there are"
    ]
  }

  private var valueWarnings: [String] {
    var found: [String] = []
    if let value = fillValue {
      found.append(
        "\(plain(value)) looks like a fill value; --missing=\(plain(value)) leaves out rows that are all of it, and "
          + "single values must be filled before")
    }
    let isOfAnyNumbers = source.likelihood?.isOfAnyNumbers ?? (description.likelihood == "gaussian")
    guard isOfAnyNumbers else { return found + channelWarnings }
    if survey.isOfTwoValues, survey.least == -1, survey.greatest == 1 {
      found.append("it holds only -1 and 1; for flags write \(source.name)=\(source.location):bernoulli,min=-1")
    } else if isLikeGreyLevels {
      found.append(
        "whole numbers from 0 to \(plain(survey.greatest)) look like grey levels; for them write "
          + "\(source.name)=\(source.location):bernoulli,max=\(likelyRange)")
    }
    return found + channelWarnings
  }

  private var likelyRange: String { survey.greatest <= 16 ? "16" : survey.greatest > 255 ? "65535" : "255" }

  /// What other programs write for a value that is not there: the least or the greatest number then.
  private var fillValue: Double? {
    let known = [-9999, -99999, -999, -32768, 1e20, 1e30, 9.969209968386869e36]
    return [survey.least, survey.greatest].first { extreme in
      known.contains { Float($0) == Float(extreme) } && survey.least < survey.greatest
    }
  }

  private var isLikeGreyLevels: Bool {
    rows.kind != .uint8 && survey.isWhole && survey.least >= 0 && survey.greatest > 15
      && survey.greatest <= (rows.kind == .uint16 ? 65535 : 255) && rows.rowElementCount >= 16
  }

  private var channelWarnings: [String] {
    let row = rows.rowShape
    guard row.count == 3, !source.hasChannelsLast, source.shape == nil, row[2] <= 4, row[0] > 4, row[1] > 4 else {
      return []
    }
    return [
      "rows of shape \(row) are pictures of \(row[0]) channels; if the last axis is that of the channels, give "
        + "--channels-last \(source.name)"
    ]
  }

  private var constantWarnings: [String] {
    let constant = survey.ranges.indices.filter { survey.ranges[$0].lowerBound == survey.ranges[$0].upperBound }
    guard !constant.isEmpty, survey.presentCount > 1, description.shape.count == 1 else { return [] }
    let names = constant.prefix(5).map { rows.columnNames.isEmpty ? "\($0)" : rows.columnNames[$0] }
    let more = constant.count > 5 ? " and \(constant.count - 5) more" : ""
    let advice =
      source.isStandardised
      ? "their standard deviation is taken for 1" : "leave them out, or standardise them (:gaussian,standardise)"
    return ["the same in every row: value \(names.joined(separator: ", "))\(more); \(advice)"]
  }
}
