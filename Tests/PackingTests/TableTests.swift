import Foundation
import Packing
import Storage
import Testing

/// Tables of text, their errors, and how sources are written.
@Suite struct TableTests {
  private func complaint(_ text: String, _ what: String) throws -> String {
    let files = try PackedFiles()
    try files.write(Array(text.utf8), "t.csv")
    let source = try ArraySource(name: "x", parsing: files.file("t.csv" + what))
    return try files.complaint { _ = try packArrays(files.request([source])) { _ in } }
  }

  @Test(arguments: [
    ("a,b\n1,2\n3\n", ":a:gaussian", "t.csv: line 3: row 1 has 1 fields, the header 2 columns"),
    (
      "a,b\n1,2\n3,\n", ":a,b:gaussian",
      "t.csv: line 3: row 1 lacks column b but has a; a row has all columns of a modality or none: fill the cell, or "
        + "make b a modality of its own"
    ),
    (
      "a,b\n1,2\n\"\n3\",x\n", ":b:gaussian",
      "t.csv: line 3: row 1, column b, has \"x\", which is no number; name categorical as the likelihood to read texts as "
        + "classes"
    ),
    (
      "a;b\n1;2\n", ":a",
      "t.csv: line 1: the only column is \"a;b\"; separate columns by commas, or by tabs in a file that ends in .tsv. In "
        + "Python: pandas.read_csv(\"t.csv\", sep=None, engine=\"python\").to_csv(\"commas.csv\", index=False), with "
        + "decimal=\",\" for numbers like 1,5"
    ),
    ("a,b\n1,2\n", ":c", "t.csv: there is no column \"c\"; did you mean \"a\"?"),
    ("alpha,beta\n1,2\n", ":gammaray", "t.csv: there is no column \"gammaray\"; known here: alpha, beta"),
    ("a,b\n1,2\n", ":b..a", "t.csv: column \"b\" comes after \"a\""),
    ("a,b\n1,2\n", ":a,a..b", "t.csv: column \"a\" is named twice"),
    ("a,a\n1,2\n", ":a", "t.csv: line 1: two columns are called \"a\""),
    ("a,b\n1,2\n", "", "t.csv: name columns, as in t.csv:a; known here: a, b"),
    ("", ":a", "t.csv: expected a line with the names of the columns, found nothing"),
    ("a\n\"1\n2\n", ":a", "t.csv: line 2: a quote is not closed before the end of the file"),
    ("a\n\"1\"2\n", ":a", "t.csv: line 2: text behind a closing quote; a quote in a text is doubled"),
    ("a,b\n,1\nNA,1\n", ":a:gaussian", "t.csv:a: no row has a value"),
    ("a,b\n", ":a:gaussian", "t.csv:a: no row has a value"),
    (
      "a,b\n" + String(repeating: "1,2\n", count: 9) + "1,-2\n", ":b:poisson",
      "t.csv:b: row 9 has -2; values of a poisson likelihood are counts: whole numbers from 0 on"
    ),
    (
      "a,b\n" + String(repeating: "1,2\n", count: 9) + "1,2.5\n", ":a,b:negative_binomial",
      "t.csv:a,b: row 9, column b, has 2.5; values of a negative_binomial likelihood are counts: whole numbers from 0 on"
    ),
    ("a\nx\ny\n", ":a:gaussian", "t.csv: line 2: row 0, column a, has \"x\", which is no number; name categorical"),
  ])
  func badTablesAreExplained(text: String, what: String, expected: String) throws {
    let found = try complaint(text, what)
    #expect(expected.hasSuffix("categorical") ? found.hasPrefix(expected) : found == expected)
  }

  @Test("A quoted nothing is a row that lacks the only column; a blank line is none")
  func quotedNothing() throws {
    let files = try PackedFiles()
    try files.write(Array("a\n1\n\"\"\n\n3\n".utf8), "t.csv")
    let source = try ArraySource(name: "x", parsing: files.file("t.csv") + ":a:gaussian")
    let modality = try ArrayModality(source, spoolingIn: files.path)
    #expect(modality.rowCount == 3)
  }

  @Test("A table in another encoding is refused instead of mixing up its texts")
  func otherEncodings() throws {
    let files = try PackedFiles()
    try files.write(Array("a\nx\n".utf8) + [0xF6, 0x6C, 0x0A, 0xE4, 0x6C, 0x0A], "t.csv")
    let source = try ArraySource(name: "x", parsing: files.file("t.csv") + ":a")
    let complaint = try files.complaint { _ = try ArrayModality(source, spoolingIn: files.path) }
    #expect(complaint.contains("line 3: row 1 is not UTF-8"))
  }

  @Test func identifiersAreNoClasses() throws {
    let text = "a\n" + (0...(1 << 16)).map { "x\($0)\n" }.joined()
    #expect(
      try complaint(text, ":a")
        == "t.csv:a: row 65536 has the 65537th different text, \"x65536\": identifiers, not classes")
  }

  @Test(arguments: [
    ("y.npy", "y.npy", nil, nil), ("y.npy:gaussian", "y.npy", nil, "gaussian"),
    ("a:b.npz:k", "a:b.npz", "k", nil), ("b.h5:/obsm/pca:gaussian,standardise", "b.h5", "/obsm/pca", "gaussian"),
    ("d.csv:a,b..c:negative_binomial", "d.csv", "a,b..c", "negative_binomial"), ("d.csv:a:b", "d.csv", "a:b", nil),
    ("d.csv:gaussian:gaussian", "d.csv", "gaussian", "gaussian"), ("x.h5ad:X", "x.h5ad", "X", nil),
    ("d.tsv:laplace", "d.tsv", nil, "laplace"), ("y.npy:bernoulli,max=16", "y.npy", nil, "bernoulli"),
  ])
  func sourcesAreRead(text: String, path: String, item: String?, likelihood: String?) throws {
    let source = try ArraySource(name: "x", parsing: text)
    #expect(source.location.path == path && source.location.item == item)
    #expect(source.likelihood?.rawValue == likelihood)
  }

  @Test(arguments: [
    ("y.npy:poison", "\"poison\" is no likelihood; did you mean \"poisson\"?"),
    ("d.csv:a:gausian", "\"gausian\" is no likelihood; did you mean \"gaussian\"?"),
    ("y.npy:bernoulli,standardise", "\"standardise\" is no option of bernoulli; there are max=LEVEL"),
    ("y.npy:gaussian,max=3", "\"max=3\" is no option of gaussian"),
    ("y.npy:bernoulli,max=x", "\"max=x\" is no option of bernoulli"),
    ("y.npy:bernoulli,max=-2", "max must be above min"),
    ("y.npy:poisson,standardise", "\"standardise\" is no option of poisson"),
  ])
  func badSourcesAreExplained(text: String, expected: String) throws {
    let error = try #require(throws: PackingError.self) { try ArraySource(name: "x", parsing: text) }
    #expect(error.description.hasPrefix("\(text): ") && error.description.contains(expected))
  }

  @Test(arguments: [
    ("t.xlsx:kind", "t.xlsx: an Excel workbook, which is not read; in Python: pandas.read_excel(\"t.xlsx\").to_csv("),
    ("t.parquet:kind", "t.parquet: a Parquet file, which is not read; in Python: pandas.read_parquet(\"t.parquet\")"),
  ])
  func tablesOfOtherProgramsAreExplained(what: String, expected: String) throws {
    let files = try PackedFiles()
    let source = try ArraySource(name: "x", parsing: files.file(what))
    let found = try files.complaint { _ = try packArrays(files.request([source])) { _ in } }
    #expect(found.hasPrefix(expected), "\(found)")
  }

  @Test("Whole numbers under :categorical that are not 0, 1, 2 are names of classes; a missing one is none")
  func codes() throws {
    let files = try PackedFiles()
    let codes = (0..<40).map { [30, 10, 20, -1][$0 % 4] }
    try files.write(Array(("k,n\n" + codes.enumerated().map { "\($1),\($0 % 3)\n" }.joined()).utf8), "t.csv")
    func pack(_ what: String, missing: Double?) throws -> PackedDataset {
      let source = try ArraySource(name: "x", parsing: files.file("t.csv" + what))
      var request = files.request([source])
      (request.missing, request.replacing) = (missing, true)
      _ = try packArrays(request) { _ in }
      return try PackedDataset.open(files.file("out.h5"))
    }
    let all = try pack(":k:categorical", missing: nil)
    #expect(all.modalities[0].classNames == ["-1", "10", "20", "30"])
    #expect(try observations("x", of: all, rowCount: 40) == (0..<40).map { [3, 1, 2, 0][$0 % 4] })
    let known = try pack(":k:categorical", missing: -1)
    #expect(known.modalities[0].classNames == ["10", "20", "30"] && known.modalities[0].shape == [3])
    let indices = try pack(":n:categorical", missing: nil)
    #expect(indices.modalities[0].classNames.isEmpty && indices.modalities[0].shape == [3])
  }

  @Test func textsAreNamedOrOrderedByTheirNames() throws {
    let files = try PackedFiles()
    try files.write(Array(("k\n" + (0..<20).map { ["b\n", "a\n"][$0 % 2] }.joined()).utf8), "t.csv")
    var source = try ArraySource(name: "x", parsing: files.file("t.csv:k"))
    source.classNames = ["b", "a", "c"]
    _ = try packArrays(files.request([source])) { _ in }
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(dataset.modalities[0].classNames == ["b", "a", "c"])
    #expect(try observations("x", of: dataset, rowCount: 20) == (0..<20).map { Float($0 % 2) })
    source.classNames = ["a", "c"]
    let found = try files.complaint { _ = try packArrays(files.request([source], output: "other.h5")) { _ in } }
    #expect(found == "t.csv:k: the text \"b\" is not among the class names that are given")
  }
}
