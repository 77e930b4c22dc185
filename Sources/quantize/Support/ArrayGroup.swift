import ArrayFiles
import SystemPackage

/// The arrays of one file: an .npz, or an .npy alone.
struct ArrayGroup {
  let file: String
  private let archive: ArrayArchive
  private let positions: [Int]

  var names: [String] { positions.map { archive.entries[$0].name } }

  func read(_ name: String) throws(Failure) -> NumericArray {
    guard let position = positions.first(where: { archive.entries[$0].name == name }) else {
      throw Failure.badData("\(file): no array '\(name)'; arrays found: \(names.joined(separator: ", "))", code: "no-array")
    }
    do {
      return try archive.read(position)
    } catch {
      throw Failure(error)
    }
  }

  /// Opens an .npz, an .npy, or a folder of them in the order of their names.
  static func open(_ path: String) throws(Failure) -> [ArrayGroup] {
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
