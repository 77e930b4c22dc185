import Foundation
import SystemPackage

/// A file that is written aside and renamed, so that it is either whole or untouched.
struct OutputFile {
  /// As the user named it.
  let path: String
  /// Where symbolic links lead: the file itself is replaced, not a link to it.
  private let target: String

  /// Checks, before any long work, that the file may be created: its folder exists and is writable, nothing is overwritten unasked, and it is
  /// none of `others` (the files that are read, and the other outputs).
  init(_ path: String, overwrite: Bool, apartFrom others: [String]) throws(Failure) {
    guard let name = FilePath(path).lastComponent, name.kind == .regular, !path.hasSuffix("/") else {
      throw Failure.other("'\(path)' names no file to write", code: "bad-output", hint: "give a file name such as net.swl")
    }
    let target = Self.resolved(path)
    (self.path, self.target) = (path, target)
    let folder = FilePath(target).removingLastComponent().string
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw Failure.other("\(path): the folder \(folder) does not exist", code: "no-such-folder", hint: "create it first")
    }
    guard access(folder, W_OK) == 0 else {
      throw Failure.other("\(path): the folder \(folder) is not writable", code: "not-writable", hint: "name another one")
    }
    if let other = others.first(where: { Self.resolved($0) == target }) {
      throw Failure.usage(
        "\(path): is also \(other == path ? "an input or another output" : other) of this command", code: "same-file", hint: "give the output a name of its own")
    }
    if let type = try? Stat(FilePath(target)).type {
      guard type == .regular else {
        throw Failure.other("\(path): is not a regular file (\(type == .directory ? "a folder" : "a device, pipe or socket"))", code: "bad-output", hint: "name a file")
      }
      guard overwrite else { throw Failure.other("\(path): exists already", code: "file-exists", hint: "--force replaces it") }
    }
  }

  func write(_ bytes: [UInt8]) throws(Failure) {
    let temporary = "\(target).\(getpid()).tmp"
    guard FileManager.default.createFile(atPath: temporary, contents: nil), let handle = FileHandle(forWritingAtPath: temporary) else {
      throw cannotWrite(String(cString: strerror(errno)))
    }
    do {
      try handle.write(contentsOf: Data(bytes))
      try handle.synchronize()
      try handle.close()
    } catch {
      unlink(temporary)
      throw cannotWrite("\(error)")
    }
    guard rename(temporary, target) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      throw cannotWrite(reason)
    }
  }

  /// Where to write for a writer that takes a path itself.
  var filePath: FilePath { FilePath(target) }

  private func cannotWrite(_ reason: String) -> Failure { Failure.other("\(path): cannot be written: \(reason)", code: "not-writable") }

  /// The absolute path without symbolic links, of a file that may not exist yet.
  private static func resolved(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let file = FilePath(path)
    let folder = file.removingLastComponent().string
    guard let name = file.lastComponent, let real = realpath(folder.isEmpty ? "." : folder, nil) else { return path }
    defer { free(real) }
    return FilePath(String(cString: real)).appending(name).string
  }
}
