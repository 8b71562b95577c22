import Configuration
import Foundation
import Models
import Testing

/// The configurations in `scripts/examples`.
struct ExampleTests {
  @Test("The example of three modalities resolves to three modalities")
  func garmentHalves() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = root.deletingLastPathComponent().appending(path: "scripts/examples/garment-halves.yaml")
    let configuration = try RunConfiguration(yaml: try String(contentsOf: file, encoding: .utf8))
    #expect(configuration.name == "garment-halves")
    #expect(configuration.model.modalities.map(\.name) == ["top", "bottom", "label"])
    #expect(configuration.model.modalities.map(\.shape.dimensions) == [[1, 14, 28], [1, 14, 28], [10]])
  }
}
