import CPNG
import CTurboJPEG
import Foundation

extension Image {
  /// Decodes a PNG or JPEG, told apart by its first bytes. Transparency is dropped, an orientation in the metadata is not followed.
  package init(contentsOfFile path: String) throws(ImageFileError) {
    guard let data = FileManager.default.contents(atPath: path) else { throw ImageFileError(file: path, message: "cannot be read") }
    if data.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      self = try decodedPNG(data, path)
    } else if data.starts(with: [0xFF, 0xD8]) {
      self = try decodedJPEG(data, path)
    } else {
      throw ImageFileError(file: path, message: "is neither a PNG nor a JPEG by its first bytes")
    }
  }
}

/// Through libpng's simplified interface, which reports errors by its return value.
private func decodedPNG(_ data: Data, _ path: String) throws(ImageFileError) -> Image {
  var control = png_image()
  control.version = png_uint_32(PNG_IMAGE_VERSION)
  defer { png_image_free(&control) }
  var colours: [UInt8] = []
  // The control points into the bytes from the beginning of reading to its end.
  let isRead = [UInt8](data).withUnsafeBytes { bytes in
    guard png_image_begin_read_from_memory(&control, bytes.baseAddress, bytes.count) != 0 else { return false }
    guard Int(control.width) * Int(control.height) <= Image.pixelLimit else { return false }
    // With alpha, which is then dropped: without, libpng would lay the image over a background.
    control.format = png_uint_32(PNG_FORMAT_FLAG_COLOR) | png_uint_32(PNG_FORMAT_FLAG_ALPHA)
    colours = [UInt8](repeating: 0, count: Int(control.width) * Int(control.height) * 4)
    return colours.withUnsafeMutableBytes { png_image_finish_read(&control, nil, $0.baseAddress, 0, nil) != 0 }
  }
  let (width, height) = (Int(control.width), Int(control.height))
  guard width * height <= Image.pixelLimit else { throw ImageFileError(file: path, message: "\(width) x \(height) pixels are too many") }
  guard isRead else {
    let message = withUnsafeBytes(of: control.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    throw ImageFileError(file: path, message: "not a sound PNG: \(message)")
  }
  var pixels: [UInt8] = []
  pixels.reserveCapacity(width * height * 3)
  for pixel in 0..<width * height { pixels += colours[4 * pixel..<4 * pixel + 3] }
  return Image(width: width, height: height, pixels: pixels)
}

/// Through TurboJPEG's interface, which reports errors by its return value.
private func decodedJPEG(_ data: Data, _ path: String) throws(ImageFileError) -> Image {
  guard let handle = tjInitDecompress() else { throw ImageFileError(file: path, message: "no JPEG decoder: out of memory") }
  defer { tjDestroy(handle) }
  func fault() -> ImageFileError { ImageFileError(file: path, message: "not a sound JPEG: \(String(cString: tjGetErrorStr2(handle)))") }
  let bytes = [UInt8](data)
  var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
  guard tjDecompressHeader3(handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &space) == 0, width > 0, height > 0 else { throw fault() }
  guard Int(width) * Int(height) <= Image.pixelLimit else { throw ImageFileError(file: path, message: "\(width) x \(height) pixels are too many") }
  var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * 3)
  // Warnings, such as stray bytes at the end, leave a usable image; a cut file is an error here too.
  let status = tjDecompress2(handle, bytes, UInt(bytes.count), &pixels, width, 0, height, Int32(TJPF_RGB.rawValue), Int32(TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING))
  guard status == 0 else { throw fault() }
  return Image(width: Int(width), height: Int(height), pixels: pixels)
}
