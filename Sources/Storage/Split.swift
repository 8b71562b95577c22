/// The three parts of a dataset, in the order files and fingerprints have them.
package enum Split: String, CaseIterable, Sendable {
  case train, validation, test
}
