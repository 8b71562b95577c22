internal import Configuration

extension TrainingConfiguration {
  /// Optimiser, schedule and what is done to gradients and weights, in words.
  var recipe: String {
    var parts = [optimizerText, scheduleText]
    if let clipNorm { parts.append("gradients clipped to a norm of \(clipNorm)") }
    if let emaDecay { parts.append("averaged weights, decay \(emaDecay)") }
    if let earlyStoppingPatience { parts.append("stops after \(earlyStoppingPatience) epochs without a better one") }
    if warmUp.modalityFinal != 1 { parts.append("divergences of modalities count \(warmUp.modalityFinal)") }
    if warmUp.coreFinal != 1 { parts.append("that of the core counts \(warmUp.coreFinal)") }
    return parts.joined(separator: ", ")
  }

  private var optimizerText: String {
    switch optimizer.name {
    case .adam: "Adam"
    case .adamw: "AdamW with a weight decay of \(optimizer.weightDecay)"
    case .adamax: "Adamax"
    }
  }

  private var scheduleText: String {
    let shape =
      switch schedule.shape {
      case .constant: "constant rate"
      case .cosine(let minimum): "cosine to \(minimum)"
      case .step(let factor, let epochs): "rate times \(factor) every \(epochs) epochs"
      case .plateau(let factor, let patience, _): "rate times \(factor) after \(patience) epochs without a better one"
      }
    return schedule.warmUpSteps > 0 ? "\(shape) after \(schedule.warmUpSteps) steps of warm-up" : shape
  }
}
