/// A section seen as an array of fixed-size records. Reads are bounds-checked; the memory outlives the view by contract of its maker.
@safe package struct Records<Record: BitwiseCopyable> {
  private let base: UnsafePointer<Record>
  package let count: Int

  package init(_ bytes: UnsafeRawBufferPointer) {
    count = bytes.count / MemoryLayout<Record>.stride
    if count > 0, let start = bytes.baseAddress {
      unsafe base = start.assumingMemoryBound(to: Record.self)
    } else {
      unsafe base = UnsafePointer(bitPattern: MemoryLayout<Record>.alignment).unsafelyUnwrapped
    }
  }

  package subscript(index: Int) -> Record {
    precondition(index >= 0 && index < count)
    return unsafe base[index]
  }

  /// The record's own address, for the C side.
  package func pointer(_ index: Int) -> UnsafePointer<Record> {
    precondition(index >= 0 && index < count)
    return unsafe base + index
  }
}

/// Element `index` of an array that C declares inside a struct.
@inline(__always)
package func element<T>(_ values: (T, T, T, T), _ index: Int) -> T {
  switch index {
  case 0: values.0
  case 1: values.1
  case 2: values.2
  default: values.3
  }
}

@inline(__always)
package func element<T>(_ values: (T, T, T, T, T, T), _ index: Int) -> T {
  switch index {
  case 0: values.0
  case 1: values.1
  case 2: values.2
  case 3: values.3
  case 4: values.4
  default: values.5
  }
}

@inline(__always)
package func element<T>(_ values: (T, T, T, T, T, T, T, T), _ index: Int) -> T {
  switch index {
  case 0: values.0
  case 1: values.1
  case 2: values.2
  case 3: values.3
  case 4: values.4
  case 5: values.5
  case 6: values.6
  default: values.7
  }
}
