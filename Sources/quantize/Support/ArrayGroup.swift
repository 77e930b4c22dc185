import ArrayFiles
import SystemPackage

/// The arrays of one file: an .npz, or an .npy alone. Or those that a folder of images makes.
struct ArrayGroup {
  let file: String
  private let archive: ArrayArchive?
  private let positions: [Int]
  private let made: [(name: String, array: NumericArray)]

  private init(file: String, archive: ArrayArchive, positions: [Int]) { (self.file, self.archive, self.positions, made) = (file, archive, positions, []) }

  init(file: String, made: [(name: String, array: NumericArray)]) { (self.file, self.made, archive, positions) = (file, made, nil, []) }

  var names: [String] { made.map(\.name) + positions.compactMap { archive?.entries[$0].name } }

  func read(_ name: String) throws(Failure) -> NumericArray {
    if let array = made.first(where: { $0.name == name })?.array { return array }
    guard let archive, let position = positions.first(where: { archive.entries[$0].name == name }) else {
      throw Failure.badData("\(file): no array '\(name)'; arrays found: \(names.joined(separator: ", "))", code: "no-array")
    }
    do {
      return try archive.read(position)
    } catch {
      throw Failure(error)
    }
  }

  /// Opens an .npz, an .npy, a folder of them in the order of their names, or one of images for a net with these inputs.
  static func open(_ path: String, for inputs: [SampleInput]) throws(Failure) -> [ArrayGroup] {
    if let images = try ImageSamples.read(path, for: inputs) { return [images] }
    let archive: ArrayArchive
    do {
      archive = try readArrays(at: FilePath(path))
    } catch {
      throw Failure(error)
    }
    guard archive.kind == .directory else {
      return [ArrayGroup(file: path, archive: archive, positions: Array(archive.entries.indices))]
    }
    var groups: [ArrayGroup] = []
    for (index, entry) in archive.entries.enumerated() {
      if let last = groups.last, last.file == entry.file.string {
        groups[groups.count - 1] = ArrayGroup(file: last.file, archive: archive, positions: last.positions + [index])
      } else {
        groups.append(ArrayGroup(file: entry.file.string, archive: archive, positions: [index]))
      }
    }
    return groups
  }
}
