import Console
import Testing

struct ShellWordTests {
  @Test(
    "What a shell would take apart is quoted, and nothing else",
    arguments: [
      ("runs/first", "runs/first"), ("a=1,b:2@x%+-_.", "a=1,b:2@x%+-_."), ("my runs", "'my runs'"), ("", "''"),
      ("it's", "'it'\\''s'"), ("$HOME;ls", "'$HOME;ls'"), ("~/x", "'~/x'"), ("größe", "'größe'"),
    ])
  func quoting(word: String, expected: String) { #expect(shellWord(word) == expected) }
}
