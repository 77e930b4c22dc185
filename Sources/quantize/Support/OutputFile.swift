import Foundation

/// A file that is written aside and renamed, so that it is either whole or untouched.
struct OutputFile {
  let path: String

  /// Checks, before any long work, that the file may be created: its folder exists and is writable, and nothing is overwritten unasked.
  init(_ path: String, overwrite: Bool) throws(Failure) {
    let folder = (path as NSString).deletingLastPathComponent
    var isFolder: ObjCBool = false
    let directory = folder.isEmpty ? "." : folder
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), isFolder.boolValue else {
      throw Failure.other("\(path): the folder \(directory) does not exist")
    }
    guard access(directory, W_OK) == 0 else { throw Failure.other("\(path): the folder \(directory) is not writable") }
    var isTargetFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isTargetFolder) {
      if isTargetFolder.boolValue { throw Failure.other("\(path): is a folder; name a file with -o") }
      if !overwrite { throw Failure.other("\(path): exists already; --force replaces it") }
    }
    self.path = path
  }

  func write(_ bytes: [UInt8]) throws(Failure) {
    let temporary = "\(path).\(getpid()).tmp"
    guard FileManager.default.createFile(atPath: temporary, contents: nil), let handle = FileHandle(forWritingAtPath: temporary) else {
      throw Failure.other("\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
    do {
      try handle.write(contentsOf: Data(bytes))
      try handle.synchronize()
      try handle.close()
    } catch {
      unlink(temporary)
      throw Failure.other("\(path): cannot be written: \(error)")
    }
    guard rename(temporary, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      throw Failure.other("\(path): cannot be written: \(reason)")
    }
  }
}
