package import SystemPackage

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The arrays of a .npy, a .npz, or a folder of both; each is read when asked for.
package struct ArrayArchive: Sendable {
  package enum Kind: Hashable, Sendable { case npy, npz, directory }

  package struct Entry: Sendable {
    /// The member's name without ".npy"; of a .npy file, its stem.
    package let name: String
    package let file: FilePath
    /// nil where the file is itself a .npy.
    let member: ZipMember?
  }

  package let path: FilePath
  package let kind: Kind
  /// Never empty; a folder's in the order of its sorted file names.
  package let entries: [Entry]

  /// - Precondition: `index` is one of `entries`.
  package func read(_ index: Int) throws(ArrayFileError) -> NumericArray {
    let entry = entries[index]
    let file = try InputFile(entry.file)
    let stream =
      if let member = entry.member {
        try openMember(member, of: file, name: entry.name)
      } else {
        try ArrayStream(file, name: entry.name, storedSize: file.size, size: file.size)
      }
    return try readNPY(stream)
  }

  /// The first array of that name; nil where there is none.
  package func read(named name: String) throws(ArrayFileError) -> NumericArray? {
    guard let index = entries.firstIndex(where: { $0.name == name }) else { return nil }
    return try read(index)
  }
}

/// Lists the arrays at `path`. What the file is, its first bytes tell, not its name.
/// - Throws: where nothing is there, it is neither kind, it is damaged, or it holds no array.
package func readArrays(at path: FilePath) throws(ArrayFileError) -> ArrayArchive {
  let isDirectory: Bool
  do { isDirectory = try Stat(path).type == .directory } catch { throw ArrayFileError(file: path.string, "cannot be opened: \(error)") }
  guard isDirectory else {
    let entries = try listFile(path)
    return ArrayArchive(path: path, kind: entries.first?.member == nil ? .npy : .npz, entries: entries)
  }
  let names: [String]
  do { names = try FileManager.default.contentsOfDirectory(atPath: path.string) } catch {
    throw ArrayFileError(file: path.string, "the folder cannot be listed")
  }
  var entries: [ArrayArchive.Entry] = []
  for name in names.sorted() where [".npy", ".npz"].contains(name.suffix(4).lowercased()) && !name.hasPrefix(".") {
    guard let component = FilePath.Component(name) else { continue }
    entries += try listFile(path.appending(component))
  }
  guard !entries.isEmpty else { throw ArrayFileError(file: path.string, "the folder holds no .npy or .npz file") }
  return ArrayArchive(path: path, kind: .directory, entries: entries)
}

private func listFile(_ path: FilePath) throws(ArrayFileError) -> [ArrayArchive.Entry] {
  let file = try InputFile(path)
  let start = try file.read(at: 0, count: min(6, file.size), "the file's start")
  if start == npyMagic { return [ArrayArchive.Entry(name: path.stem ?? path.string, file: path, member: nil)] }
  // An archive without members begins with its end record.
  guard start.starts(with: Array("PK\u{3}\u{4}".utf8)) || start.starts(with: Array("PK\u{5}\u{6}".utf8)) else {
    throw ArrayFileError(file: path.string, file.size == 0 ? "is empty, expected .npy or .npz" : "is neither a .npy nor a .npz (zip) file")
  }
  var entries: [ArrayArchive.Entry] = []
  var names: Set<String> = []
  for member in try readZipDirectory(file) where member.name.hasSuffix(".npy") {
    let name = String(member.name.dropLast(4))
    guard names.insert(name).inserted else { throw ArrayFileError(file: path.string, array: name, "occurs twice") }
    entries.append(ArrayArchive.Entry(name: name, file: path, member: member))
  }
  guard !entries.isEmpty else { throw ArrayFileError(file: path.string, "the archive holds no .npy member") }
  return entries
}
