import Foundation
import ModelCompiler
import Swiftlet

/// What the metadata says of the model that a file was made from.
struct SourceRecord: Codable, Equatable {
  /// File name without its folder.
  var name: String
  /// SHA-256 of the file, in hexadecimal.
  var sha256: String

  static let metadataKey = "source"
  static let quantizationKey = "quantization"

  init(path: String) throws(Failure) {
    guard let data = FileManager.default.contents(atPath: path) else { throw Failure.badData("\(path): cannot be read", code: "unreadable") }
    name = (path as NSString).lastPathComponent
    sha256 = ModelCompiler.sha256(Array(data)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// The record in a compiled file; nil where it was stripped.
  static func of(_ model: Model) -> SourceRecord? {
    guard let text = model.metadata.first(where: { $0.key == metadataKey })?.value else { return nil }
    return try? JSONDecoder().decode(SourceRecord.self, from: Data(text.utf8))
  }
}
