import Configuration
import Foundation
import Reporting
import TestSupport
import Testing

/// Names come from files, and files from anybody.
@Suite struct EscapingTests {
  private static let markup = "<script>alert(1)</script>\"'&"

  /// A name that would be a script if it were not escaped.
  private static func hostile(_ place: String) -> String { "\(place)\(markup)" }

  private static func escaped(_ place: String) -> String {
    "\(place)&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"
  }

  @Test("Names from files appear as text, in every place")
  func report() throws {
    let places = [
      "setup", "warning", "dataName", "dataPath", "host", "software", "exchange", "cause", "quantity", "given",
      "note",
    ]
    let files = RunFiles(
      name: Self.hostile("setup"), metrics: metricsLine(epoch: 1, term: "kl/term<b>\"'&"),
      journal: journalLines(
        warning: Self.hostile("warning"), dataName: Self.hostile("dataName"), data: Self.hostile("dataPath"),
        host: Self.hostile("host"), software: Self.hostile("software"), exchange: Self.hostile("exchange"),
        cause: Self.hostile("cause")),
      evaluation: smallEvaluation(quantity: Self.hostile("quantity"), given: Self.hostile("given")))
    // A file name has no slash.
    let directory = "run<script>alert(1)<b>\"'&"
    try files.read(from: directory) { record in
      let page = Report.html(record, try Self.findings(), notes: [Self.hostile("note")])
      Self.expectNoMarkup(page)
      for place in places { #expect(page.contains(Self.escaped(place)), "\(place)") }
      #expect(page.contains("<h3>Divergence (KL) of term&lt;b&gt;&quot;&#39;&amp;</h3>"))
      #expect(page.contains("<h1>run&lt;script&gt;alert(1)&lt;b&gt;&quot;&#39;&amp;</h1>"))
      // Of a class: legend, name and title in the map, line and column of the matrix, line of a picture.
      #expect(page.components(separatedBy: Self.escaped("class")).count > 6)
      #expect(page.components(separatedBy: Self.escaped("modality")).count > 3, "caption and alternative text")
    }
  }

  @Test("Names of runs appear as text in a comparison, also in what its script reads")
  func comparison() throws {
    try RunFiles(metrics: metricsLine(epoch: 1)).read { record in
      let page = Report.comparison([(Self.hostile("first"), record), (Self.hostile("second"), record)])
      Self.expectNoMarkup(page)
      #expect(page.contains(Self.escaped("first")) && page.contains(Self.escaped("second")))
      #expect(page.contains("first&lt;script&gt;alert(1)&lt;/script&gt;\\&quot;&#39;&amp;"), "JSON in an attribute")
    }
  }

  @Test("Templates put nothing in unescaped but the page's own style, script and policy")
  func templates() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Reporting/Pages/Templates").standardizedFileURL
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".mustache") }
    #expect(names.count == 8)
    for name in names {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        .replacing(/\{\{\{frame\.(style|script|policy)\}\}\}/, with: "")
      #expect(!text.contains("{{{") && !text.contains("{{&"), "\(name)")
      // An attribute without quotes would end at a space.
      #expect(!text.contains("={{"), "\(name)")
    }
  }

  /// Findings of a model and of rows with hostile names.
  private static func findings() throws -> ModelFindings {
    let classes = [hostile("class"), "b", "c"]
    let rows = try withSmallDataset(rows: 12, classNames: classes) { try RowFindings(try smallModel(), $0) }
    let model = try smallModel { $0.modalities[0].name = hostile("modality") }
    return ModelFindings(
      epoch: 1, parameterCount: 9, draws: try Gallery(model, classNames: ["label": classes]).draws(), rows: rows)
  }

  private static func expectNoMarkup(_ page: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(page.components(separatedBy: "<script>").count == 2, "only our own", sourceLocation: sourceLocation)
    #expect(!page.contains("\"'&"), sourceLocation: sourceLocation)
    #expect(!page.contains("alert(1)<"), sourceLocation: sourceLocation)
  }
}
