/// What gradients are while they travel between nodes.
package enum WireFormat: String, CaseIterable, Sendable {
  case f32
  /// Half the bytes: rounded, with error feedback (`RoundedPart`).
  case bf16

  /// Of one gradient.
  package var bytes: Int { self == .f32 ? 4 : 2 }
}
