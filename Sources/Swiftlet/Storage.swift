internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Bytes of a file: mapped, or a copy. Freed with the object.
final class Storage: @unchecked Sendable {  // Immutable after init: bytes are only read.
  let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// A private copy, aligned for the records.
  init(copying source: UnsafeRawBufferPointer) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(source.count, 1), alignment: 64)
    copy.copyMemory(from: source)
    bytes = UnsafeRawBufferPointer(rebasing: copy[..<source.count])
    isMapped = false
  }

  /// Maps a file: pages are shared, clean, and read when touched.
  init(mapping path: String) throws(ModelError) {
    func refuse(_ message: String, _ hint: String?) -> ModelError { ModelError(code: "unreadable", message, hint: hint) }
    // A path with a zero byte would name another file.
    guard !path.utf8.contains(0) else { throw refuse("the path contains a zero byte", nil) }
    let file: FileDescriptor
    // Non-blocking, or a pipe with no writer would hang the program here.
    do { file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.nonBlocking, .closeOnExec]) } catch let error {
      throw refuse("cannot open the file: \(error)", "a path to a .swl file is expected")
    }
    defer { try? file.close() }
    guard let size = try? file.seek(offset: 0, from: .end), size < Int64.max else {
      throw refuse("not a regular file", "a path to a .swl file is expected")
    }
    guard size > 0 else { throw ModelError(code: "truncated", byteOffset: 0, "the file is empty", hint: "copy or convert it again") }
    guard let address = mmap(nil, Int(size), PROT_READ, MAP_PRIVATE, file.rawValue, 0), address != MAP_FAILED else {
      throw refuse("cannot map the file: \(Errno(rawValue: errno))", "a path to a .swl file is expected")
    }
    bytes = UnsafeRawBufferPointer(start: address, count: Int(size))
    isMapped = true
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    } else {
      UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.deallocate()
    }
  }
}
