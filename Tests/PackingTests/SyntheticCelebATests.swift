import Foundation
import Packing
import Testing

@Suite struct SyntheticCelebATests {
  @Test func layoutIsCelebAs() throws {
    let faces = try CelebAFiles(drawn: 20)
    let lines = String(decoding: try faces.read(faces.attributes), as: UTF8.self).components(separatedBy: "\n")
    #expect(lines[0] == "20" && lines.count == 23)
    let names = lines[1].split(separator: " ").map { String($0) }
    #expect(names.count == 40 && names.first == "5_o_Clock_Shadow" && names.last == "Young")
    #expect(Set(AttributeSet.paperNames).isSubset(of: names))
    #expect(lines[2].hasPrefix("000001.jpg ") && lines[21].hasPrefix("000020.jpg "))
    let parts = String(decoding: try faces.read(faces.partition), as: UTF8.self).split(separator: "\n")
    #expect(parts.map { $0.last } == [Character](repeating: "0", count: 16) + ["1", "1", "2", "2"])
    let image = try JPEGDecoder().decode(file: "\(faces.images)/000020.jpg")
    #expect(image.width == 178 && image.height == 218)
  }

  @Test func seedDecidesAndNothingElse() throws {
    func bytes(count: Int, seed: Int) throws -> [Data] {
      let faces = try CelebAFiles(drawn: count, seed: seed)
      return try faces.names.prefix(10).map { try faces.read("\(faces.images)/\($0)") }
    }
    let first = try bytes(count: 10, seed: 1)
    #expect(try bytes(count: 12, seed: 1) == first)
    #expect(Set(try bytes(count: 10, seed: 2)).isDisjoint(with: first))
  }

  @Test func attributesGoTogetherAsInLife() {
    var draws = SplitMix64(seed: 5)
    let faces = (0..<5000).map { _ in FaceAttributes(&draws) }
    #expect(faces.contains { $0.isBald } && faces.contains { $0.hasMustache } && faces.contains { $0.wearsHat })
    for face in faces {
      if face.isBald { #expect(face.hairColour == nil && face.hairShape == nil && !face.hasBangs) }
      if face.hasBangs { #expect(!face.hasRecedingHairline && !face.wearsHat) }
      if face.hasMustache { #expect(face.isMale) }
      if face.hasMakeup { #expect(!face.isMale) }
    }
    for colour in FaceAttributes.HairColour.allCases {
      #expect((100...2000).contains(faces.count { $0.hairColour == colour }), "\(colour)")
    }
  }

  /// Changes one attribute of a face at a time and counts the pixels in which that shows.
  @Test func everyAttributeShows() {
    var plain = SplitMix64(seed: 3)
    var face = FaceAttributes(&plain)
    (face.isMale, face.isBald, face.hairColour, face.hairShape) = (true, false, .brown, nil)
    (face.hasBangs, face.hasRecedingHairline, face.wearsHat, face.hasMakeup) = (false, false, false, false)
    (face.hasBushyBrows, face.wearsGlasses, face.hasMustache, face.isPale) = (false, false, false, false)
    (face.smiles, face.hasOpenMouth) = (false, false)
    let changes: [(String, (inout FaceAttributes) -> Void)] = [
      ("female", { $0.isMale = false }), ("bald", { $0.isBald = true }), ("black", { $0.hairColour = .black }),
      ("blond", { $0.hairColour = .blond }), ("gray", { $0.hairColour = .gray }), ("red", { $0.hairColour = nil }),
      ("straight", { $0.hairShape = .straight }), ("wavy", { $0.hairShape = .wavy }),
      ("bangs", { $0.hasBangs = true }), ("receding", { $0.hasRecedingHairline = true }),
      ("hat", { $0.wearsHat = true }), ("makeup", { $0.hasMakeup = true }), ("brows", { $0.hasBushyBrows = true }),
      ("glasses", { $0.wearsGlasses = true }), ("mustache", { $0.hasMustache = true }),
      ("pale", { $0.isPale = true }), ("smile", { $0.smiles = true }), ("mouth", { $0.hasOpenMouth = true }),
    ]
    func draw(_ face: FaceAttributes) -> [UInt8] {
      var draws = SplitMix64(seed: 8)
      return FaceDrawing.draw(face, &draws).bytes
    }
    let before = draw(face)
    for (name, change) in changes {
      var changed = face
      change(&changed)
      let count = zip(before, draw(changed)).count { abs(Int($0) - Int($1)) > 24 }
      #expect((200...60_000).contains(count), "\(name): \(count)")
    }
  }

  @Test func finishedDirectoryStays() throws {
    let faces = try CelebAFiles(drawn: 10)
    let before = try faces.read(faces.attributes)
    let error = #expect(throws: PackingError.self) {
      try SyntheticCelebA(count: 11, directory: faces.path, seed: 2, threads: 1).write { _ in }
    }
    #expect(error?.description == "\(faces.attributes): exists already. Name another directory")
    #expect(try faces.read(faces.attributes) == before)
  }

  @Test func badRequestsAreRefused() {
    #expect(throws: PackingError.self) { try SyntheticCelebA(count: 9, directory: "/tmp", seed: 1, threads: 1) }
    #expect(throws: PackingError.self) { try SyntheticCelebA(count: 10, directory: "/tmp", seed: -1, threads: 1) }
    #expect(throws: PackingError.self) {
      try SyntheticCelebA(count: 10, directory: "/proc/nowhere/faces", seed: 1, threads: 1).write { _ in }
    }
  }
}
