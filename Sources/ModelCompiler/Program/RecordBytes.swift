/// The bytes of a record of the file as they lie in memory (little-endian on every machine that Swift supports).
func recordBytes<Record>(_ record: Record) -> [UInt8] {
  withUnsafeBytes(of: record) { Array($0) }
}

/// The bytes of an array of numbers.
func arrayBytes<Element: BitwiseCopyable>(_ array: [Element]) -> [UInt8] {
  array.withUnsafeBytes { Array($0) }
}

/// Sets the first elements of a C array field, which Swift sees as a tuple; what does not fit is left out.
func setArray<Tuple, Element: BitwiseCopyable>(_ tuple: inout Tuple, _ values: [Element]) {
  withUnsafeMutableBytes(of: &tuple) { target in
    values.withUnsafeBytes { source in
      target.copyBytes(from: source.prefix(target.count))
    }
  }
}
