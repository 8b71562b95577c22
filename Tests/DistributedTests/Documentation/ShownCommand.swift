import Foundation

/// A command, or a Python program, that a document shows.
struct ShownCommand {
  /// The document's path in the package.
  let document: String
  /// Counted from 1.
  let line: Int
  /// As shown, with lines that end in `\` joined.
  let text: String
  /// In one line, for people.
  let title: String

  var place: String { "\(document):\(line)" }

  /// Whether it writes a Python program to a file.
  var isPythonFile: Bool { title.hasSuffix(".py)") }

  /// All that a document shows, in order: the commands of its `sh` blocks and the programs of its `python` blocks.
  ///
  /// A block of another kind whose first line is a comment that names a file, `# shapes.yaml`, is written to that file;
  /// so is a Python program, which otherwise is run.
  static func all(of document: String, _ markdown: String) -> [ShownCommand] {
    var commands: [ShownCommand] = []
    for block in CodeBlock.all(of: markdown) {
      if block.language == "sh" {
        commands += block.commands.map {
          let title = $0.text.replacing(/\ +# .*/, with: "")
          return ShownCommand(document: document, line: $0.line, text: $0.text, title: title)
        }
      } else if let (text, title) = block.fileOrProgram {
        commands.append(ShownCommand(document: document, line: block.firstLine, text: text, title: title))
      }
    }
    return commands
  }
}

/// What stands between two fences.
private struct CodeBlock {
  let language: String
  /// The number of its first line.
  let firstLine: Int
  var lines: [String] = []

  /// Fences may be indented, in lists; their lines then are, too.
  static func all(of markdown: String) -> [CodeBlock] {
    var blocks: [CodeBlock] = []
    var open: (block: CodeBlock, indentation: Int)?
    for (index, line) in markdown.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = line.drop { $0 == " " }
      if let (block, indentation) = open {
        if content.hasPrefix("```") {
          blocks.append(block)
          open = nil
        } else {
          open?.block.lines.append(String(line.dropFirst(min(indentation, line.count - content.count))))
        }
      } else if content.hasPrefix("```") {
        let language = String(content.dropFirst(3)).trimmingCharacters(in: .whitespaces)
        open = (CodeBlock(language: language, firstLine: index + 2), line.count - content.count)
      }
    }
    return blocks
  }

  /// Those of a shell: no comments, continued lines joined.
  var commands: [(line: Int, text: String)] {
    var commands: [(line: Int, text: String)] = []
    var continues = false
    for (offset, line) in lines.enumerated() {
      let text = line.trimmingCharacters(in: .whitespaces)
      let part = text.hasSuffix("\\") ? text.dropLast().trimmingCharacters(in: .whitespaces) : text
      if continues {
        commands[commands.count - 1].text += " " + part
      } else if !text.isEmpty && !text.hasPrefix("#") {
        commands.append((firstLine + offset, part))
      } else {
        continue
      }
      continues = text.hasSuffix("\\")
    }
    return commands
  }

  /// What writes a block to the file that its first line names, or runs a Python program.
  var fileOrProgram: (text: String, title: String)? {
    let file = lines.first?.wholeMatch(of: /# ([a-z-]+\.[a-z]+)/).map { String($0.output.1) }
    guard file != nil || language == "python" else { return nil }
    let consumer = file.map { "cat >\($0)" } ?? "python3 -"
    return (
      (["\(consumer) <<'END'"] + lines + ["END"]).joined(separator: "\n"), file.map { "(the file \($0))" } ?? "(Python)"
    )
  }
}
