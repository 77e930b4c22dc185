package import CKernels

/// The constants section under construction: aligned arrays, each content once.
package struct ConstantPool: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var places: [Int: [ck_constant]] = [:]

  /// The place of an array of these bytes, shared with an equal one.
  package mutating func add(_ content: [UInt8]) -> ck_constant {
    let key = content.hashValue
    for place in places[key, default: []] where Int(place.bytes) == content.count {
      let start = Int(place.offset)
      if bytes[start..<start + content.count].elementsEqual(content) { return place }
    }
    let alignment = Int(CK_TENSOR_ALIGNMENT)
    bytes.append(contentsOf: repeatElement(0, count: (alignment - bytes.count % alignment) % alignment))
    let place = ck_constant(offset: UInt64(bytes.count), bytes: UInt64(content.count))
    bytes.append(contentsOf: content)
    places[key, default: []].append(place)
    return place
  }

  package mutating func add<Element: BitwiseCopyable>(_ array: [Element]) -> ck_constant {
    add(arrayBytes(array))
  }
}
